"""What is told of a whole history: counted by SQLite in one question, however many attempts there were."""

from __future__ import annotations

import json
from typing import Any

from lynx.store.attempts import Standing


class History:
    """The questions about all attempts and events that a journal answers."""

    def _read(self, query: str, values: Any = ()) -> list[Any]:
        """The rows of a query."""
        raise NotImplementedError

    def number_of(self, break_id: str, broken: str) -> int | None:
        """Which attempt at a break made these the bytes of its bug, by number; None where none did."""
        query = "SELECT number FROM attempts WHERE break_id = ? AND broken = ? ORDER BY id LIMIT 1"
        rows = self._read(query, (break_id, broken))
        return int(rows[0][0]) if rows else None

    def outcomes(self, break_id: str) -> list[tuple[int, bool, bool]]:
        """Of every attempt at a break: its number, whether it is done, whether the answer was shown."""
        rows = self._read(
            "SELECT number, stage = 'done', id IN (SELECT attempt FROM events WHERE kind = 'reveal') "
            "FROM attempts WHERE break_id = ? ORDER BY id",
            (break_id,),
        )
        return [(number, bool(done), bool(shown)) for number, done, shown in rows]

    def finished(self, packs: tuple[str, ...]) -> list[str]:
        """The breaks of some packs that are done, in the order in which they were finished first."""
        places = ", ".join("?" * len(packs))
        rows = self._read(
            "SELECT a.break_id FROM attempts AS a LEFT JOIN events AS e "
            "ON e.attempt = a.id AND e.kind IN ('explain', 'reveal', 'fixed') WHERE a.id IN (SELECT min(id) "
            f"FROM attempts WHERE stage = 'done' AND pack IN ({places}) GROUP BY break_id) "
            "GROUP BY a.id ORDER BY coalesce(max(e.time), 0), a.id",
            packs,
        )
        return [str(break_id) for (break_id,) in rows]

    def count(self, break_id: str | None = None) -> int:
        """How many attempts there are; at one break, or at all."""
        where, values = ("WHERE break_id = ?", (break_id,)) if break_id is not None else ("", ())
        return int(self._read(f"SELECT count(*) FROM attempts {where}", values)[0][0])

    def standings(self, after: int = 0) -> list[Standing]:
        """Where each break stands by its attempts after this one, in the order in which they were begun first."""
        rows = self._read(
            "SELECT g.break_id, g.pack, g.done, g.undisclosed, g.under_way, a.stage, a.blind, a.active, g.finished "
            "FROM (SELECT break_id, pack, min(id) AS first, max(id) AS last, sum(stage = 'done') AS done, "
            "sum(stage = 'done' AND id NOT IN (SELECT attempt FROM events WHERE kind = 'reveal' "
            "AND attempt IS NOT NULL)) AS undisclosed, max(active AND stage <> 'done') AS under_way, "
            "max(CASE WHEN stage = 'done' THEN id END) AS finished "
            "FROM attempts WHERE id > ? GROUP BY break_id, pack) AS g JOIN attempts AS a ON a.id = g.last "
            "ORDER BY g.first",
            (after,),
        )
        return [
            Standing(name, pack, done, own, bool(way), stage, bool(blind), bool(active), finished)
            for name, pack, done, own, way, stage, blind, active, finished in rows
        ]

    def runs(self, upto: int | None = None) -> tuple[int, int, float]:
        """How many events are runs, up to one of them or in all; the last of these, and when it was."""
        bound = "" if upto is None else " AND id <= :upto"
        rows = self._read(
            f"SELECT n, id, time FROM (SELECT count(*) AS n, max(id) AS last FROM events WHERE kind = 'run'{bound}) "
            "LEFT JOIN events ON id = last",
            {"upto": upto},
        )
        count, last, at = rows[0]
        return count, last or 0, at or 0.0

    def scores(self, after: int, upto: int) -> list[tuple[str, int, str, int]]:
        """How the predictions of first runs between two events fared: break, confidence, result, how many did so.

        SQLite counts them: of a long history the payloads alone are megabytes.
        """
        rows = self._read(
            "SELECT a.break_id, json_extract(p.value, '$.confidence', '$.result') AS said, count(*) "
            "FROM events AS e JOIN attempts AS a ON a.id = e.attempt, json_each(e.payload, '$.predictions') AS p "
            "WHERE e.kind = 'run' AND e.id > ? AND e.id <= ? AND json_extract(e.payload, '$.first') "
            "GROUP BY a.break_id, said",
            (after, upto),
        )
        return [(break_id, *json.loads(said), times) for break_id, said, times in rows]
