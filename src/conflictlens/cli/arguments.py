"""The command line's options. Nothing is imported here that ``--help`` does not need."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial

from conflictlens import __version__
from conflictlens.cli import examples

# Importing `typing` for its constant would take longer than all options.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

FORMATS = (
    "text", "tree", "json", "markdown", "mermaid", "dot", "svg", "html", "png", "github", "sarif",
)  # fmt: skip
TIMEOUT = 60.0
UPSTREAM = "say for every conflict what another project would have to loosen"
QUIET = "no progress and no warnings"


def parser(command: str = "") -> argparse.ArgumentParser:
    """The command line as far as one command needs it; without one, the list of all."""
    top = Parser(
        prog="conflictlens",
        description="Why requirements can't be installed together, proved, and what to change.",
        epilog=examples.EXPLAIN,
    )
    top.add_argument("--version", action="version", version=f"conflictlens {__version__}")
    # Without `prog`, argparse makes it from the usage, for which it loads all that help needs.
    commands = top.add_subparsers(prog=top.prog, dest="command", metavar="COMMAND", required=True)
    for name in [command] if command in _COMMANDS else _COMMANDS:
        one = _COMMANDS[name]
        added = commands.add_parser(
            name,
            help=one.help,
            description=one.description,
            epilog=one.epilog,
            usage=one.usage,
        )
        if name == command:
            one.lay_out(added)
    return top


class Parser(argparse.ArgumentParser):
    """Options are never abbreviated, so that a new one can't change what an old call means."""

    def __init__(self, **settings: object) -> None:
        # argparse makes a formatter for every option, which asks for the terminal's width.
        settings["formatter_class"] = partial(argparse.RawDescriptionHelpFormatter, width=80)
        super().__init__(allow_abbrev=False, **settings)  # type: ignore[arg-type]

    def format_help(self) -> str:
        self.formatter_class = partial(argparse.RawDescriptionHelpFormatter, width=_columns() - 2)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """One line; the synopsis of all options would push it off the screen."""
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


def _explain(command: argparse.ArgumentParser) -> None:
    question_options(command, "; - is standard input")
    _answer(command)


def _why_not(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "wanted",
        nargs="+",
        metavar="WANTED",
        help="a requirement such as 'numpy>=2'; a file among them is read as one of -r",
    )
    command.set_defaults(requirements=[])
    _sources(command)
    _answer(command)


def _answer(command: argparse.ArgumentParser) -> None:
    output = command.add_argument_group("output")
    output.add_argument(
        "--upstream",
        action="store_true",
        help=f"{UPSTREAM}, and print issues for their trackers that are ready to file",
    )
    output.add_argument(
        "--format", choices=FORMATS, help="default: that of the file's name with -o, else text"
    )
    output.add_argument(
        "-o", "--output", type=_file, metavar="FILE",
        help="write the answer to FILE; - is standard output",
    )  # fmt: skip
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    _loudness(output)


def _fix(command: argparse.ArgumentParser) -> None:
    question_options(command, "; - is standard input")
    output = command.add_argument_group("output")
    output.add_argument(
        "--write", action="store_true", help="write the changed files, all of them or none"
    )
    output.add_argument(
        "--choose",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="the fix with this number in the text of `explain`, not the cheapest; with several "
        "conflicts once for each, in their order (default for the rest: 1)",
    )
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    output.add_argument("-q", "--quiet", action="store_true", help="only the changes and errors")


def _diagnose(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "log", nargs="?", default="-", metavar="LOG", help="a file, or - for standard input"
    )
    _diagnosis(command)


def _run(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "wrapped", nargs=argparse.REMAINDER, metavar="COMMAND", help="with all its arguments"
    )
    _diagnosis(command)


def _diagnosis(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--no-explain", action="store_true", help="don't ask the index about what was found"
    )
    command.set_defaults(
        requirements=[], requirement=[], constraint=[], extra=[], group=[], upstream=False
    )
    _target(command.add_argument_group("target"))
    _index(command.add_argument_group("index"))
    output = command.add_argument_group("output")
    output.add_argument("--format", choices=("text", "json"), default="text")
    output.add_argument("-o", "--output", metavar="FILE", help="write the answer to FILE")
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    _loudness(output)


def _doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "requirements",
        nargs="*",
        metavar="REQUIREMENTS",
        help="a requirement such as 'numpy>=2', or a file (requirements.txt, pyproject.toml, "
        "pylock.toml); - is standard input; without any the machine alone is looked at",
    )
    command.set_defaults(typed=command.prog, upstream=False, platform=None)
    _files(command.add_argument_group("requirements"))
    target = command.add_argument_group("target")
    target.add_argument(
        "--python",
        metavar="PATH|VERSION",
        help="the Python to install into: of an environment, of a program, or such as 3.12",
    )
    _index(command.add_argument_group("index"))
    output = command.add_argument_group("output")
    output.add_argument("--format", choices=("text", "json", "markdown"))
    output.add_argument(
        "-o", "--output", type=_file, metavar="FILE", help="write the answer to FILE"
    )
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    _loudness(output)


def _snapshot(command: argparse.ArgumentParser) -> None:
    question_options(command, "; - is standard input")
    output = command.add_argument_group("output")
    output.add_argument(
        "-o",
        "--output",
        type=_named_file,
        metavar="FILE",
        required=True,
        help="for example case.json.gz",
    )  # fmt: skip
    _loudness(output)


def _loudness(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-q", "--quiet", action="store_true", help=QUIET)
    group.add_argument("-v", "--verbose", action="store_true", help="leave nothing out")


def question_options(command: argparse.ArgumentParser, more: str = "") -> None:
    """What is asked, for which target, and of which index; `more` than files may hold it."""
    command.add_argument(
        "requirements",
        nargs="*",
        metavar="REQUIREMENTS",
        help="a requirement such as 'numpy>=2', or a file (requirements.txt, pyproject.toml, "
        f"pylock.toml){more}",
    )
    _sources(command)


def _sources(command: argparse.ArgumentParser) -> None:
    command.set_defaults(typed=command.prog)
    _files(command.add_argument_group("requirements"))
    _target(command.add_argument_group("target"))
    _index(command.add_argument_group("index"))


def _files(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-r", "--requirement", action="append", default=[], metavar="FILE")
    group.add_argument("-c", "--constraint", action="append", default=[], metavar="FILE")
    group.add_argument(
        "--extra", action="append", default=[], metavar="NAME", help="of a pyproject.toml"
    )
    group.add_argument(
        "--group", action="append", default=[], metavar="NAME", help="of a pyproject.toml"
    )


def installer_options(command: argparse.ArgumentParser) -> None:
    """What pip and uv are given in the same words: requirements, files, and index."""
    command.add_argument("requirements", nargs="*")
    group = command.add_argument_group()
    _files(group)
    _places(group)


def _target(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--python", "--python-version", metavar="VERSION", help="such as 3.11")
    group.add_argument(
        "--platform",
        "--python-platform",
        metavar="NAME",
        help="linux, macos, windows or a triple such as aarch64-apple-darwin",
    )


def _index(group: argparse._ArgumentGroup) -> None:
    _places(group)
    _reading(group)


def _places(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-i", "--index-url", "--index", metavar="URL")
    group.add_argument("--extra-index-url", action="append", default=[], metavar="URL")
    group.add_argument("-f", "--find-links", action="append", default=[], metavar="PLACE")
    group.add_argument("--no-index", action="store_true", help="only --find-links")
    group.add_argument("--pre", action="store_true", help="allow pre-releases")
    group.add_argument(
        "--exclude-newer",
        "--uploaded-prior-to",
        metavar="DATE",
        help="ignore later uploads: 2024-05-31 (its end), 2024-05-31T12:00:00Z or '7 days'",
    )
    for name in ("only-binary", "no-binary"):
        group.add_argument(
            f"--{name}",
            dest="formats",
            action="append",
            default=[],
            type=partial(_named, name),
            metavar="NAMES",
            help="project names with commas, :all: or :none:",
        )


def _reading(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--offline", action="store_true", help="answer from the cache alone")
    group.add_argument("--cache-dir", metavar="DIR")
    group.add_argument("--no-cache", action="store_true")
    group.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"what an answer may take (default: {TIMEOUT:g})",
    )
    group.add_argument(
        "--index-snapshot", metavar="FILE", help="answer from a file that `snapshot` wrote"
    )


def _named(name: str, value: str) -> tuple[str, str]:
    """Both options stand in one list, since the order between them counts."""
    return name, value


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _file(path: str) -> str | None:
    return None if path == "-" else _named_file(path)


def _named_file(path: str) -> str:
    if not path or path.endswith(("/", os.sep)):
        raise argparse.ArgumentTypeError("is not the name of a file")
    return path


def _columns() -> int:
    """As `shutil.get_terminal_size`, which loads three ways to compress with it."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 80
    except (ValueError, OSError):
        return 80


class _Command:
    """A command: what the list of all says of it, its help, and its options."""

    def __init__(
        self,
        lay_out: Callable[[argparse.ArgumentParser], None],
        help: str,
        description: str,
        epilog: str,
        usage: str | None = None,
    ) -> None:
        self.lay_out = lay_out
        self.help = help
        self.description = description
        self.epilog = epilog
        self.usage = usage


_COMMANDS = {
    "explain": _Command(
        _explain,
        help="say whether requirements can be installed together, and if not, why",
        description="Say whether requirements can be installed together, and if not, why.",
        epilog=examples.EXPLAIN,
    ),
    "why-not": _Command(
        _why_not,
        help="say who blocks an upgrade, and the first release of each that allows it",
        description="Say whether what is wanted can be had with what is required; if not, who "
        "blocks it, the first release of each that allows it, and the nearest changes that "
        "get there.",
        epilog=examples.WHY_NOT,
    ),
    "fix": _Command(
        _fix,
        help="change the files so that what they require can be installed together",
        description="Show the change that makes requirements installable together as a diff, "
        "or write it.",
        epilog=examples.FIX,
    ),
    "diagnose": _Command(
        _diagnose,
        help="say from its log why an install failed, and what to do",
        description="Say from the log of pip, uv, Poetry or conda which layer of an install "
        "failed, which line is the cause, why, and what to do.",
        epilog=examples.DIAGNOSE,
    ),
    "doctor": _Command(
        _doctor,
        help="look before an install: Python, pip, disk, network, compilers, requirements",
        description="Look at all that an install needs before it is tried: the Python and its "
        "environment, pip, disk and memory, certificates, proxy and index, compilers; and of "
        "requirements whether they conflict, and what would have to be built.",
        epilog=examples.DOCTOR,
    ),
    "run": _Command(
        _run,
        usage="conflictlens run [OPTIONS] [--] COMMAND ...",
        help="run a command that installs, and say why if it fails",
        description="Run a command, pass its output and its exit code on, and say why it failed "
        "if it did.",
        epilog=examples.RUN,
    ),
    "snapshot": _Command(
        _snapshot,
        help="record the question and all that its answer used in one file",
        description="Record the question, and what the index said for its answer, in one file. "
        "It can be asked again anywhere: conflictlens explain --index-snapshot FILE.",
        epilog=examples.SNAPSHOT,
    ),
}
