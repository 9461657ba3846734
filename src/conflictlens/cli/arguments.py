"""The command line's options. Nothing is imported here that ``--help`` does not need."""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path
from typing import NoReturn

from conflictlens import __version__

FORMATS = ("text", "tree", "json", "markdown", "mermaid", "dot", "svg", "html", "png")
TIMEOUT = 60.0
UPSTREAM = "say for every conflict what another project would have to loosen"
QUIET = "no progress and no warnings"

_EXAMPLES = """\
examples:
  conflictlens explain requirements.txt
  conflictlens explain 'numpy>=2' 'tensorflow==2.12.*' --python 3.11
  conflictlens explain pyproject.toml --extra dev -c constraints.txt --platform windows
  conflictlens explain requirements.txt --exclude-newer 2024-05-31 --format json
  pip freeze | conflictlens explain -

exit codes:
  0 they can be installed together, 1 conflict, 2 wrong input or usage, 3 undecided
"""
_FIX_EXAMPLES = """\
examples:
  conflictlens fix requirements.txt               show the cheapest repair as a diff
  conflictlens fix requirements.txt --write       apply it
  conflictlens fix requirements.txt --choose 2    the fix that `explain` shows as 2
  conflictlens fix 'numpy>=2' 'tensorflow==2.12.*' > requirements.txt
  pip freeze | conflictlens fix - > requirements.txt

What is not changed stays as it is: comments, order, line endings, encoding. Requirements that
are given as arguments or on standard input are printed with their changes.

exit codes:
  0 nothing to change, or the fix was tried and works, 1 conflict without a known fix,
  2 wrong input or usage, or a file that can't be changed, 3 undecided
"""
_WHY_NOT_EXAMPLES = """\
examples:
  conflictlens why-not 'numpy>=2' -r requirements.txt
  conflictlens why-not 'django>=5' 'python-dateutil>=2.9' -r requirements.txt -c constraints.txt
  conflictlens why-not 'pydantic>=2' pyproject.toml --extra dev --format json

The lines of the files that exclude what is wanted themselves (numpy==1.26.4) are taken to be
replaced by it: the answer is about the others.

exit codes:
  0 nothing blocks it, 1 something does, 2 wrong input or usage, 3 undecided
"""
_DIAGNOSE_EXAMPLES = """\
examples:
  conflictlens diagnose install.log
  pip install -r requirements.txt 2>&1 | conflictlens diagnose
  conflictlens diagnose install.log --format json

The log is read on this machine, nothing in it is run, and what it says is found without a network.
The index is asked in two cases, which --no-explain leaves out: where a build failed, for a wheel
that would do instead (5 seconds at most), and in the text where requirements conflict, why they do.

exit codes:
  0 the install succeeded, 1 it failed and this is why, 2 wrong input or usage,
  3 the log does not say
"""
_RUN_EXAMPLES = """\
examples:
  conflictlens run -- pip install -r requirements.txt
  conflictlens run --format json -o why.json -- uv pip install 'numpy>=2' scipy

The command's output passes as it comes, and its exit code is that of this command. Only where it
failed is its output diagnosed, on standard error, as `diagnose` does it for a log. Where the
command is pip or uv, a conflict is explained from the requirements and files that it was given.

exit codes:
  those of the command, 128 + n where signal n ended it; 127 where there is no such command and
  126 where it can't be run, as with env, timeout and shells; 2 wrong usage
"""
_SNAPSHOT_EXAMPLES = """\
examples:
  conflictlens snapshot -r requirements.txt -o case.json.gz
  conflictlens explain --index-snapshot case.json.gz
"""


def parser() -> argparse.ArgumentParser:
    top = Parser(
        prog="conflictlens",
        description="Why requirements can't be installed together, proved, and what to change.",
        epilog=_EXAMPLES,
    )
    top.add_argument("--version", action="version", version=f"conflictlens {__version__}")
    # Without `prog`, argparse makes it from the usage, for which it loads all that help needs.
    commands = top.add_subparsers(prog=top.prog, dest="command", metavar="COMMAND", required=True)
    _explain(commands.add_parser(
        "explain",
        help="say whether requirements can be installed together, and if not, why",
        description="Say whether requirements can be installed together, and if not, why.",
        epilog=_EXAMPLES,
    ))  # fmt: skip
    _why_not(commands.add_parser(
        "why-not",
        help="say who blocks an upgrade, and the first release of each that allows it",
        description="Say whether what is wanted can be had with what is required; if not, who "
        "blocks it, the first release of each that allows it, and the nearest changes that "
        "get there.",
        epilog=_WHY_NOT_EXAMPLES,
    ))  # fmt: skip
    _fix(commands.add_parser(
        "fix",
        help="change the files so that what they require can be installed together",
        description="Show the change that makes requirements installable together as a diff, "
        "or write it.",
        epilog=_FIX_EXAMPLES,
    ))  # fmt: skip
    _diagnose(commands.add_parser(
        "diagnose",
        help="say from its log why an install failed, and what to do",
        description="Say from the log of pip, uv, Poetry or conda which layer of an install "
        "failed, which line is the cause, why, and what to do.",
        epilog=_DIAGNOSE_EXAMPLES,
    ))  # fmt: skip
    _run(commands.add_parser(
        "run",
        usage="conflictlens run [OPTIONS] [--] COMMAND ...",
        help="run a command that installs, and say why if it fails",
        description="Run a command, pass its output and its exit code on, and say why it failed "
        "if it did.",
        epilog=_RUN_EXAMPLES,
    ))  # fmt: skip
    _snapshot(commands.add_parser(
        "snapshot",
        help="record the question and all that its answer used in one file",
        description="Record the question, and what the index said for its answer, in one file. "
        "It can be asked again anywhere: conflictlens explain --index-snapshot FILE.",
        epilog=_SNAPSHOT_EXAMPLES,
    ))  # fmt: skip
    return top


class Parser(argparse.ArgumentParser):
    """Options are never abbreviated, so that a new one can't change what an old call means."""

    def __init__(self, **settings: object) -> None:
        # argparse makes a formatter for every option, which asks for the terminal's width.
        settings["formatter_class"] = partial(argparse.RawDescriptionHelpFormatter, width=80)
        super().__init__(allow_abbrev=False, **settings)  # type: ignore[arg-type]

    def format_help(self) -> str:
        self.formatter_class = argparse.RawDescriptionHelpFormatter
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
    group.add_argument("--cache-dir", type=Path, metavar="DIR")
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
