"""A training program may be repaired in any words that are right; half a repair does not pass."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.mentor import versions
from lynx.runs.runner import Setting, examine

Edit = tuple[str, str]  # old lines, new lines
STARTER = data_dir("starter")

MEANS = """\
            logits = self.model(codes).flatten(0, 1)
            loss = F.cross_entropy(logits, targets.flatten(), ignore_index=PADDING) / len(parts)
"""
ZERO = "        self.optimizer.zero_grad()\n"
TOTAL = ZERO + "        total = sum(int((targets != PADDING).sum()) for _, targets in parts)\n"
LATE = """\
        self.optimizer.step()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
"""
GROUPS = "        for group in self.optimizer.param_groups:\n"
FLAG = "        self.model.eval()\n"
RETURN = "        return loss / total\n"
SAVE = '            "generator": torch.get_rng_state(),  # dropout draws from it\n'
LOAD = '        torch.set_rng_state(state["generator"])\n'

RIGHT: dict[str, dict[str, list[Edit]]] = {
    "24": {
        "weighted means": [
            (ZERO, TOTAL),
            (MEANS, MEANS.replace("/ len(parts)", "* ((targets != PADDING).sum() / total)")),
        ],
        "divided at the end": [
            (ZERO, TOTAL),
            (MEANS, "            loss = summed_loss(self.model(codes), targets)\n"),
            (
                "        return mean\n",
                "        for p in self.model.parameters():\n"
                "            p.grad /= total\n"
                "        return mean / total\n",
            ),
        ],
        "one padded batch": [
            (
                "        for codes, targets in parts:\n" + MEANS,
                ("        for codes, targets in [joined(list(parts))]:\n" + MEANS.replace("len(parts)", "1")),
            )
        ],
        "the places that count": [
            (ZERO, ZERO + "        total = torch.cat([t.flatten() for _, t in parts]).ne(PADDING).sum()\n"),
            (
                MEANS,
                "            logits = self.model(codes).log_softmax(dim=-1)\n"
                "            kept = targets != PADDING\n"
                "            loss = -logits[kept].gather(1, targets[kept][:, None]).sum() / total\n",
            ),
        ],
    },
    "25": {
        "in the first place": [
            (LATE, "        self.optimizer.step()\n"),
            (GROUPS, LATE.splitlines(True)[1] + GROUPS),
        ],
        "by hand": [
            (LATE, "        self.optimizer.step()\n"),
            (
                GROUPS,
                "        norm = sum(float((p.grad**2).sum()) for p in self.model.parameters()) ** 0.5\n"
                "        for p in self.model.parameters():\n"
                "            p.grad *= min(1.0, self.plan.clip / norm)\n" + GROUPS,
            ),
        ],
        "as accumulation ends": [
            ("        loss = self.accumulate(parts)\n", "        loss, norm = self.accumulate(parts)\n"),
            (LATE, "        self.optimizer.step()\n"),
            (
                "        return mean\n",
                "        return mean, nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)\n",
            ),
        ],
    },
    "26": {
        "set back": [(RETURN, "        self.model.train()\n" + RETURN)],
        "asked for at each step": [
            (
                "        loss = self.accumulate(parts)\n",
                "        self.model.train()\n        loss = self.accumulate(parts)\n",
            )
        ],
        "restored as it was": [
            (FLAG, "        before = self.model.training\n" + FLAG),
            (RETURN, "        self.model.train(before)\n" + RETURN),
        ],
        "part by part": [
            (FLAG, "        modes = [(m, m.training) for m in self.model.modules()]\n" + FLAG),
            (RETURN, "        for m, mode in modes:\n            m.training = mode\n" + RETURN),
        ],
    },
    "27": {
        "its own dictionary": [
            (SAVE, '            "optimizer": self.optimizer.state_dict(),\n' + SAVE),
            (LOAD, '        self.optimizer.load_state_dict(state["optimizer"])\n' + LOAD),
        ],
        "a list of its states": [
            (
                SAVE,
                '            "moments": [self.optimizer.state[p] for p in self.model.parameters()],\n' + SAVE,
            ),
            (
                LOAD,
                '        self.optimizer.state.update(zip(self.model.parameters(), state["moments"]))\n'
                + LOAD,
            ),
        ],
        "a file beside the file": [
            (
                "        torch.save(state, path)\n",
                "        torch.save(state, path)\n"
                '        torch.save(self.optimizer.state_dict(), path.with_suffix(".optimizer"))\n',
            ),
            (
                LOAD,
                '        self.optimizer.load_state_dict(torch.load(path.with_suffix(".optimizer")))\n' + LOAD,
            ),
        ],
    },
}
WRONG: dict[str, dict[str, list[Edit]]] = {
    "24": {
        "the longest counts for all": [
            (MEANS, MEANS.replace("/ len(parts)", "* targets.shape[1] / sum(t.shape[1] for _, t in parts)"))
        ],
        "the last total": [
            (
                MEANS,
                "            total = (targets != PADDING).sum() * len(parts)\n"
                "            loss = summed_loss(self.model(codes), targets) / total\n",
            )
        ],
    },
    "25": {
        "the first parameter alone": [
            (LATE, "        self.optimizer.step()\n"),
            (
                "        loss = self.accumulate(parts)\n",
                "        loss = self.accumulate(parts)\n"
                "        norm = nn.utils.clip_grad_norm_(list(self.model.parameters())[:1], self.plan.clip)\n",
            ),
        ],
        "after each part": [
            (LATE, "        self.optimizer.step()\n"),
            (GROUPS, "        norm = torch.tensor(0.0)\n" + GROUPS),
            (
                "            loss.backward()\n",
                "            loss.backward()\n"
                "            nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)\n",
            ),
        ],
    },
    "26": {
        "only half of it": [(RETURN, "        next(self.model.children()).train()\n" + RETURN)],
        "always in training": [(FLAG, "        self.model.train()\n")],
    },
    "27": {
        "without the count": [
            (SAVE, '            "optimizer": self.optimizer.state_dict(),\n' + SAVE),
            (
                LOAD,
                '        self.optimizer.load_state_dict(state["optimizer"])\n'
                "        for one in self.optimizer.state.values():\n"
                '            one["step"].zero_()\n' + LOAD,
            ),
        ],
        "before the weights are there": [
            (SAVE, '            "optimizer": self.optimizer.state_dict(),\n' + SAVE),
            (
                LOAD,
                '        self.optimizer.load_state_dict(state["optimizer"])\n'
                "        plan = self.plan\n"
                "        weights = self.model.parameters()\n"
                "        self.optimizer = torch.optim.AdamW(weights, lr=plan.lr, weight_decay=plan.decay)\n"
                + LOAD,
            ),
        ],
    },
}


def edited(text: str, edits: list[Edit]) -> bytes:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", RIGHT)
def test_any_right_repair_passes_and_a_wrong_one_does_not(number: str, tmp_path: Path) -> None:
    (folder,) = data_dir("breaks").glob(f"*/{number}-*")
    break_ = load_break(folder)
    healthy = (STARTER / break_.target).read_bytes()
    broken = versions.make(break_, healthy).broken
    assert broken is not None
    assert break_.oracle is not None
    oracle = replace(break_.oracle, cases=4)
    told = {**RIGHT[number], **WRONG[number]}
    setting = Setting(STARTER, break_.pythonpath, break_.target, Path(sys.executable), tmp_path)
    candidates = [edited(broken.decode(), edits) for edits in told.values()]
    reports = examine(setting, oracle, healthy, candidates, folder=folder, processor=120)
    passed = {name: report.passed for name, report in zip(told, reports, strict=True)}
    assert passed == {name: name in RIGHT[number] for name in told}, reports
