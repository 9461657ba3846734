"""Examples and exit codes, as the help of each command shows them."""

EXPLAIN = """\
examples:
  conflictlens explain requirements.txt
  conflictlens explain 'numpy>=2' 'tensorflow==2.12.*' --python 3.11
  conflictlens explain pyproject.toml --extra dev -c constraints.txt --platform windows
  conflictlens explain requirements.txt --exclude-newer 2024-05-31 --format json
  pip freeze | conflictlens explain -

exit codes:
  0 they can be installed together, 1 conflict, 2 wrong input or usage, 3 undecided
"""
FIX = """\
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
WHY_NOT = """\
examples:
  conflictlens why-not 'numpy>=2' -r requirements.txt
  conflictlens why-not 'django>=5' 'python-dateutil>=2.9' -r requirements.txt -c constraints.txt
  conflictlens why-not 'pydantic>=2' pyproject.toml --extra dev --format json

The lines of the files that exclude what is wanted themselves (numpy==1.26.4) are taken to be
replaced by it: the answer is about the others.

exit codes:
  0 nothing blocks it, 1 something does, 2 wrong input or usage, 3 undecided
"""
DIAGNOSE = """\
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
DOCTOR = """\
examples:
  conflictlens doctor                             the machine, the Python and the index
  conflictlens doctor requirements.txt            and whether these could be installed
  conflictlens doctor pyproject.toml --extra dev --python .venv
  conflictlens doctor --python 3.12 --offline --format json

Without --python the active environment is examined (VIRTUAL_ENV, CONDA_PREFIX),
else the Python that runs conflictlens. It is asked about itself with
`PYTHON -I -c`; files are written, and removed again, where an install would
write; a program of one line is compiled in a temporary folder; each index is
asked for one page. Nothing is installed, and no package but pip is started.

exit codes:
  0 all checks pass or warn, 1 one fails (an index that does not answer, too),
  2 wrong input or usage, 3 nothing fails, but not all that must be known is
"""
RUN = """\
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
SNAPSHOT = """\
examples:
  conflictlens snapshot -r requirements.txt -o case.json.gz
  conflictlens explain --index-snapshot case.json.gz
"""
