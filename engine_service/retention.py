"""What of an engine's files stays at hand, and what goes to the archive.

A journal segment stays as long as one of the kept snapshots or the last verified backup goes on in
it or before it. An event segment stays, besides, as long as a reader restored from that backup
would ask for one of its events, and as long as it is among the last few. Without a verified backup
everything stays.
"""

from collections.abc import Iterator
from typing import Final

from engine_service.archive import archive
from engine_service.backup_mark import read_mark
from engine_service.data_files import DataDirectory
from engine_service.event_log import EventLog
from engine_service.journal_segments import Segments, segment_name
from engine_service.snapshot_store import SnapshotStore

EVENTS_KEPT: Final = 4_194_304
"""So many of the last events stay at hand in any case (512 MiB), for readers that were away."""


def archive_old(
    directory: DataDirectory,
    segments: Segments,
    store: SnapshotStore,
    event_log: EventLog,
    *,
    events_kept: int = EVENTS_KEPT,
) -> Iterator[str]:
    """Move what is not needed at hand to the archive, the oldest first; yield the name of each file
    that was moved.

    Raises:
        EngineServiceError: the mark of the last backup or what was archived cannot be read.
        OSError: the disk is full or failed. What was not moved is where it was.
    """
    mark, points = read_mark(directory), store.points()
    if mark is None or not points:
        return
    first_segment = min(mark.segment, *(point.segment for point, _ in points))
    for number in segments.at_hand():
        if number >= first_segment:
            break
        archive(directory, segment_name(number))
        yield segment_name(number)
    newest_seq = max(next_event_seq for _, next_event_seq in points)
    oldest_seq = min(next_event_seq for _, next_event_seq in points)
    first_seq = min(mark.next_event_seq, oldest_seq, newest_seq - events_kept)
    for name in event_log.segments_before(max(first_seq, 1)):
        archive(directory, name)
        yield name
