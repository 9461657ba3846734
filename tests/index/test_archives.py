import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from conflictlens.index.records import Metadata, Provenance, UnknownMetadata
from conflictlens.index.sdists import SdistContents, pour
from conflictlens.index.tar_stream import ArchiveError, Inflater, TarScanner
from conflictlens.index.zip_directory import (
    Member,
    ZipError,
    content,
    data_start,
    directory_span,
    last_members,
    members,
)
from tests.served_index import Release, SdistStyle, packed, sdist_members

A = canonicalize_name("a")


def read(archive: bytes, chunk: int = 1 << 16) -> Metadata | UnknownMetadata:
    chunks = (archive[start : start + chunk] for start in range(0, len(archive), chunk))
    contents = SdistContents(A)
    try:
        pour(chunks, contents)
    except ArchiveError as error:
        return UnknownMetadata(f"the source distribution can't be read: {error}")
    return contents.metadata("a-1.0.tar.gz")


def scanned(archive: bytes, chunk: int) -> dict[str, bytes]:
    inflater, scanner = Inflater(), TarScanner(lambda name: True)
    return {
        name: data
        for start in range(0, len(archive), chunk)
        for piece in inflater.feed(archive[start : start + chunk])
        for name, data in scanner.feed(piece)
    }


names = st.text("abc/", min_size=1, max_size=300).filter(lambda name: name.strip("/") == name)


@given(
    st.dictionaries(names, st.binary(max_size=2000), max_size=4),
    st.sampled_from([".tar.gz", ".tar.bz2", ".tar.xz", ".tar"]),
    st.integers(1, 5000),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT]),
)
def test_a_scanned_tar_has_what_was_packed(
    packed_members: dict[str, bytes], suffix: str, chunk: int, form: int
) -> None:
    buffer = io.BytesIO()
    mode = {".tar.gz": "w:gz", ".tar.bz2": "w:bz2", ".tar.xz": "w:xz", ".tar": "w:"}[suffix]
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in list(packed_members.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            try:
                archive.addfile(info, io.BytesIO(data))
            except ValueError:
                # ustar can't hold every long name.
                del packed_members[name]
    assert scanned(buffer.getvalue(), chunk) == packed_members


@pytest.mark.parametrize("junk", [b"junk" * 400, b"\x1f\x8b" + b"junk" * 400, b"BZh" + b"x" * 999])
def test_what_is_no_archive_is_unknown(junk: bytes) -> None:
    known = read(junk)
    assert isinstance(known, UnknownMetadata)
    assert known.reason.startswith("the source distribution can't be read: ")


def test_a_truncated_archive_gives_what_it_has() -> None:
    archive = packed(sdist_members("a", "1.0", Release(["b"], padding=100_000)), ".tar.gz")
    assert isinstance(read(archive[: len(archive) // 2]), UnknownMetadata)
    early = dict(reversed(sdist_members("a", "1.0", Release(["b"], padding=100_000)).items()))
    assert isinstance(read(packed(early, ".tar.gz")[:60_000]), Metadata)


@pytest.mark.parametrize("suffix", [".tar.gz", ".tar.bz2", ".tar.xz"])
def test_a_bomb_is_not_unpacked(suffix: str) -> None:
    members = {"a-1.0/zeros": bytes(160_000_000)}
    known = read(packed(members, suffix))
    assert isinstance(known, UnknownMetadata)
    assert "unpacks to more than 150 MB" in known.reason


def test_a_member_beyond_reason_is_not_held() -> None:
    known = read(packed({"a-1.0/PKG-INFO": bytes(11_000_000)}, ".tar.gz"))
    assert isinstance(known, UnknownMetadata)
    assert "PKG-INFO is larger than 10 MB" in known.reason


def test_a_tar_that_lies_about_a_number() -> None:
    archive = bytearray(packed({"a-1.0/PKG-INFO": b"x"}, ".tar"))
    archive[124:136] = b"not octal..."
    with pytest.raises(ArchiveError, match="checksum"):
        scanned(bytes(archive), 512)


def test_base_256_sizes_are_understood() -> None:
    archive = bytearray(packed({"a": b"12345"}, ".tar"))
    archive[124:136] = b"\x80" + (5).to_bytes(11, "big")
    archive[148:156] = b" " * 8
    archive[148:156] = b"%06o\0 " % sum(archive[:512])
    assert scanned(bytes(archive), 700) == {"a": b"12345"}


def test_only_the_project_s_own_egg_info_counts() -> None:
    info = b"Metadata-Version: 1.2\nName: a\nVersion: 1.0\n"
    known = read(
        packed(
            {
                "a-1.0/PKG-INFO": info,
                "a-1.0/tests/data/a.egg-info/requires.txt": b"deeper",
                "a-1.0/vendored.egg-info/requires.txt": b"other",
                "a-1.0/src/A.egg-info/requires.txt": b"own",
            },
            ".tar.gz",
        )
    )
    assert isinstance(known, Metadata)
    assert (known.requires_dist, known.provenance) == (("own",), Provenance.DECLARED)


def test_an_egg_info_without_requires_txt_declares_that_there_are_no_dependencies() -> None:
    members = sdist_members("a", "1.0", Release(sdist_style=SdistStyle.EGG_INFO))
    known = read(packed(members, ".tar.gz"))
    assert known == Metadata("a", "1.0", source="a-1.0.tar.gz", provenance=Provenance.DECLARED)


def test_an_old_pkg_info_with_dependencies_declares_them() -> None:
    info = b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b\n"
    known = read(packed({"a-1.0/PKG-INFO": info, "a-1.0/setup.py": b""}, ".tar.gz"))
    assert isinstance(known, Metadata)
    assert (known.requires_dist, known.provenance) == (("b",), Provenance.DECLARED)


def test_dependencies_that_are_marked_dynamic_are_declared_at_most() -> None:
    info = b"Metadata-Version: 2.2\nName: a\nVersion: 1.0\nDynamic: Requires-Dist\n"
    known = read(packed({"a-1.0/PKG-INFO": info}, ".tar.gz"))
    assert isinstance(known, UnknownMetadata)
    known = read(packed({"a-1.0/PKG-INFO": info + b"Requires-Dist: b\n"}, ".tar.gz"))
    assert isinstance(known, Metadata)
    assert known.provenance is Provenance.DECLARED


# --- zip -------------------------------------------------------------------------------------


def zipped(data: bytes, method: int, *, zip64: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("first", b"x" * 99)
        with archive.open("a/b", "w", force_zip64=zip64) as member:
            member.write(data)
        archive.comment = b"a comment"
    return buffer.getvalue()


def unzipped(archive: bytes, name: str, limit: int = 1000) -> bytes:
    """The member as the range reader finds it."""
    span = directory_span(archive[-200:], len(archive))
    member = {
        member.name: member for member in members(archive[span.start : span.stop], name.__eq__)
    }[name]
    start = data_start(member, archive[member.offset :])
    return content(member, archive[start:], limit)


@pytest.mark.parametrize("zip64", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_of_a_zip(method: int, zip64: bool) -> None:
    data = b"some data " * 20
    assert unzipped(zipped(data, method, zip64=zip64), "a/b") == data


def test_an_archive_in_zip64_form_is_found_by_its_locator() -> None:
    archive = zipped(b"data", zipfile.ZIP_STORED)
    span = directory_span(archive, len(archive))
    end = archive.rindex(b"PK\5\6")
    size = span.stop - span.start
    record = (
        b"PK\6\6"
        + (44).to_bytes(8, "little")
        + bytes(4)
        + bytes(8)
        + (2).to_bytes(8, "little") * 2
        + size.to_bytes(8, "little")
        + span.start.to_bytes(8, "little")
    )
    locator = b"PK\6\7" + bytes(4) + end.to_bytes(8, "little") + (1).to_bytes(4, "little")
    classic = archive[end : end + 12] + b"\xff" * 8 + b"\0\0"
    wide = archive[:end] + record + locator + classic
    assert zipfile.ZipFile(io.BytesIO(wide)).read("a/b") == b"data"
    assert directory_span(wide[-200:], len(wide)) == span
    with pytest.raises(ZipError, match="zip64"):
        directory_span(wide[-30:], len(wide))


def test_the_end_of_a_directory_gives_the_entries_that_are_whole() -> None:
    archive = zipped(b"data", zipfile.ZIP_STORED)
    span = directory_span(archive, len(archive))
    directory = archive[span.start : span.stop]
    both = list(members(directory, lambda name: True))
    second = directory.rindex(b"PK\1\2")
    for start in range(len(directory) + 1):
        whole = both[(start > 0) + (start > second) :]
        assert list(last_members(directory[start:], lambda name: True)) == whole


@pytest.mark.parametrize("size", [0, 1, 26, 28, 30, 42])
def test_what_only_looks_like_an_entry_leads_to_none(size: int) -> None:
    archive = zipped(b"data", zipfile.ZIP_STORED)
    span = directory_span(archive, len(archive))
    end = b"PK\1\2" + b"x" * size + archive[span.start : span.stop]
    try:
        found = list(last_members(end, lambda name: True))
    except ZipError:
        found = []
    assert found == []


@given(st.binary(max_size=300), st.integers(0, 400))
def test_junk_is_a_zip_error_and_nothing_else(junk: bytes, total: int) -> None:
    for tail in (junk, b"PK\5\6" + junk):
        try:
            directory_span(tail, max(total, len(tail)))
            list(members(tail, lambda name: True))
            list(last_members(tail, lambda name: True))
        except ZipError:
            continue


@given(st.binary(max_size=300))
def test_a_damaged_directory_is_a_zip_error_and_nothing_else(junk: bytes) -> None:
    try:
        assert all(
            member.name is not None for member in members(b"PK\1\2" + junk, lambda name: True)
        )
    except ZipError:
        return


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_beyond_the_limit_is_refused(method: int) -> None:
    with pytest.raises(ZipError, match="larger than"):
        unzipped(zipped(b"x" * 100_000, method), "a/b")


def test_members_that_can_not_be_read() -> None:
    with pytest.raises(ZipError, match="method 12"):
        content(Member("x", 12, 1, 1, 0), b"x", 9)
    with pytest.raises(ZipError, match="encrypted"):
        content(Member("x", 0, 1, 1, 0, encrypted=True), b"x", 9)
    with pytest.raises(ZipError, match="x"):
        content(Member("x", 8, 9, 9, 0), b"no deflate stream", 9)
    with pytest.raises(ZipError, match="no local header"):
        data_start(Member("x", 0, 1, 1, 0), b"junk" * 20)
