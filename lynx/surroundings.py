"""What the surroundings do to a command, in words: the one table from kinds of errors to causes and remedies.

A full disk, a read-only folder, a closed output are no mistake of the program: exit 2, the true cause, what to do.
"""

from __future__ import annotations

import errno
import os
import re

from lynx.errors import N_, Refused, Word

# errno -> (what it means, what to do)
CAUSES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: (N_("there is no room left on the disk"), N_("Make room, then say it again.")),
    errno.EDQUOT: (N_("your share of the disk is used up"), N_("Make room, then say it again.")),
    errno.EFBIG: (
        N_("the file would grow beyond what is allowed"),
        N_("See `ulimit -f` and the room on the disk, then say it again."),
    ),
    errno.EROFS: (
        N_("it lies on something that can only be read"),
        N_("Mount it writable, or work in a copy that is."),
    ),
    errno.EACCES: (
        N_("permission is denied"),
        N_("See its permissions and its folder's, then say it again."),
    ),
    errno.EPERM: (
        N_("the system does not allow it"),
        N_("See its permissions and its folder's, then say it again."),
    ),
    errno.EMFILE: (
        N_("no more files may be opened by one process"),
        N_("Raise the limit (`ulimit -n 1024`), then say it again."),
    ),
    errno.ENFILE: (
        N_("the machine has no more files to open"),
        N_("Close other programs, then say it again."),
    ),
    errno.ENOMEM: (
        N_("there is not enough memory"),
        N_("Close other programs or raise the limit (`ulimit -v`), then say it again."),
    ),
    errno.EAGAIN: (
        N_("the machine cannot start another process now"),
        N_("Close other programs or raise the limit (`ulimit -u`), then say it again."),
    ),
    errno.EIO: (
        N_("the disk reports an error"),
        N_("See to the disk and your copies first, then say it again."),
    ),
    errno.ESTALE: (N_("the network disk has lost it"), N_("Mount it again, then say it again.")),
    errno.EISDIR: (N_("it is a folder, not a file"), N_("Move it away, then say it again.")),
    errno.ENOTDIR: (N_("it is a file, not a folder"), N_("Move it away, then say it again.")),
    errno.ELOOP: (
        N_("it is a link, or links that go round"),
        N_("Put a plain file there, then say it again."),
    ),
    errno.ENAMETOOLONG: (N_("the name is too long"), N_("Work in a folder with a shorter path.")),
    errno.ENOENT: (N_("it is not there"), N_("See what became of it, then say it again.")),
    errno.EBADF: (N_("it is closed"), N_("Say it again with an open output.")),
    errno.ENOTEMPTY: (N_("the folder is not empty"), N_("See what is in it, then say it again.")),
    errno.EBUSY: (N_("something else is using it"), N_("Wait until that is done, then say it again.")),
    errno.ETXTBSY: (N_("something else is using it"), N_("Wait until that is done, then say it again.")),
    errno.EEXIST: (N_("something is in the way"), N_("Move it away, then say it again.")),
    errno.EXDEV: (N_("it lies on another disk"), N_("Work in a folder on one disk.")),
}

# What an ImportError says when a library could not be loaded for want of something -> the errno of that want
IN_WORDS = {
    "Cannot allocate memory": errno.ENOMEM,
    "failed to map segment": errno.ENOMEM,
    "Too many open files": errno.EMFILE,
    "No space left": errno.ENOSPC,
    "Permission denied": errno.EACCES,
    "Input/output error": errno.EIO,
}


def caused(error: BaseException) -> Refused | None:
    """The refusal that names the true cause; None for what is no trouble of the surroundings."""
    if isinstance(error, MemoryError):
        return _refused(errno.ENOMEM, None)
    if isinstance(error, FileNotFoundError) and "temporary directory" in str(error):
        return Refused(
            N_("There is no folder for temporary files that can be written."),
            code="surroundings",
            remedy=N_("Make room in /tmp, or name a folder of your own: export TMPDIR=…"),
        )
    if isinstance(error, OSError) and error.errno in CAUSES and not isinstance(error, BrokenPipeError):
        return _refused(error.errno, error.filename)
    if isinstance(error, ImportError):
        number = next((number for words, number in IN_WORDS.items() if words in str(error)), None)
        return _refused(number, error.path) if number else None
    return None


def cause(error: OSError) -> Word | str:
    """Why, in a few words; the system's own where the table has none."""
    number = error.errno
    if number is None and (found := re.search(r"\[Errno (\d+)\]", str(error))):  # several at once, of a copy
        number = int(found[1])
    return Word(CAUSES[number][0]) if number in CAUSES else error.strerror or str(error)


def _refused(number: int, path: object) -> Refused:
    why, remedy = CAUSES[number]
    if path is None or isinstance(path, int):
        return Refused(
            N_("This could not be ended: {cause}."), code="surroundings", remedy=remedy, cause=Word(why)
        )
    shown = os.fsdecode(path) if isinstance(path, bytes) else str(path)
    return Refused(N_("{path}: {cause}."), code="surroundings", remedy=remedy, path=shown, cause=Word(why))
