"""The one way into the ledger: one writer at a time, and snapshots for readers. SQLite or PostgreSQL, by URL.

Whoever writes takes the counter row first (SQLite: the file), so writers stand in line and a number is visible only after
every smaller one. One transaction writes everything that belongs together. Holds no table's meaning; reads no clock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, Executable, bindparam, create_engine, event, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, TimeoutError  # noqa: A004  the library's name

from alerting.ledger import chain
from alerting.ledger.tables.alerts import COUNTER
from alerting.ledger.upgrading import upgrade
from alerting.ledger.words import Salts, by_chance

FILE = "ledger.sqlite3"
WAITS_FOR_THE_FILE = timedelta(seconds=30)
POLLS_EVERY = timedelta(seconds=1)
"""How often a waiter asks the database itself: another process may have written."""
_STUCK = timedelta(seconds=30)
"""PostgreSQL ends a writer that holds the counter and says nothing for so long: the others stand behind it."""
ANSWERS_WITHIN = timedelta(seconds=40)
"""An answer of PostgreSQL that takes longer does not come. Longer than a stuck writer may hold up all who stand behind it."""
AWAY = (OperationalError, InterfaceError, InternalError, TimeoutError)
"""The database is away, or every connection to it is taken: no fault of what was to be written, which is tried again."""
_PREPARED = 400
"""So many questions PostgreSQL keeps prepared for a connection: each kind of officer has some twenty of its own."""
_ONE = COUNTER.c.one == 1
_SEQ = select(COUNTER.c.seq).where(_ONE)
_SEQ_TO_WRITE = _SEQ.with_for_update()
_COUNTED = update(COUNTER).where(_ONE).values(seq=bindparam("now_seq"))


class Writing:
    """One transaction under way. `now`: the instant of everything in it. `salts`: see `Ledger`."""

    def __init__(self, connection: Connection, now: datetime, seq: int, salts: Salts) -> None:
        self.connection = connection
        self.now = now
        self.salts = salts
        self.began_seq = seq
        """The last number before this transaction: what has it or a smaller one is committed."""
        self.seq = seq
        self._links: chain.Links | None = None
        self._waiting: list[tuple[Executable, Sequence[Mapping[str, object]]]] = []

    def next_seq(self) -> int:
        """The next number of a change; readers see it when the transaction is committed, in order."""
        self.seq += 1
        return self.seq

    def audit(self, kind: str, entry: Mapping[str, chain.JSON]) -> None:
        """One entry more in the chain. Never personal data: names of alerts, officers and requests, and salted hashes."""
        if self._links is None:
            self._links = chain.Links.of(self.connection)
        self._links.append(self.now, kind, entry)

    def put(self, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
        """Rows that are written with those before and after them, at `flush`. The statement answers nothing."""
        if rows:
            self._waiting.append((statement, rows))

    def flush(self) -> None:
        """Write what was put: whoever asks next sees it. PostgreSQL is told all of it at once, and waited for once."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            with _at_once(self.connection):
                for statement, rows in waiting:
                    self.connection.execute(statement, rows)

    def close(self) -> None:
        """What the transaction writes last."""
        if self._links is not None:
            self.put(*self._links.rows())
        if self.seq != self.began_seq:
            self.put(_COUNTED, [{"now_seq": self.seq}])
        self.flush()


class _Line:
    """One at a time, whoever came first first. With a lock alone, whoever has just left it is often in again before those who wait."""

    def __init__(self) -> None:
        self._own = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._own:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            turn.wait()
        except BaseException:  # interrupted: the turn may have come in the same moment
            with self._own:
                if not turn.is_set():
                    self._waiting.remove(turn)
                    raise
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        with self._own:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


class Ledger:
    """One database. Safe for any number of threads and processes. `salts`: of the words in its history, by chance.

    `answers_within`: what takes longer is ended, and a connection that says nothing for so long is let go (PostgreSQL).
    """

    def __init__(self, url: str | URL, salts: Salts = by_chance, answers_within: timedelta = ANSWERS_WITHIN) -> None:
        self.url = make_url(url)
        self._salts = salts
        self.engine = _sqlite(self.url) if self.url.get_backend_name() == "sqlite" else _postgresql(self.url, answers_within)
        self._reading = self.engine.execution_options(vigil_reads=True)
        if self.engine.dialect.name == "postgresql":
            self._reading = self._reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._in_line = _Line()  # SQLite wakes those who wait at random; within a process the first comes first
        self._committed = threading.Condition()
        self._last_seq = 0
        self._heard: list[Callable[[int], None]] = []

    @classmethod
    def in_folder(cls, folder: Path) -> Ledger:
        """The ledger of an embedded run."""
        return cls(URL.create("sqlite", database=str(folder / FILE)))

    def upgrade(self) -> None:
        """Make the tables, or bring them to what this version knows, however long it takes. Several processes may try at once."""
        engine = self.engine if self.engine.dialect.name == "sqlite" else _postgresql(self.url, answers_within=None)
        with self._in_line, engine.begin() as connection:
            upgrade(connection)
        if engine is not self.engine:
            engine.dispose()

    @contextmanager
    def write(self, now: datetime) -> Iterator[Writing]:
        """A transaction that is committed at the end of the block, or leaves nothing when the block raises."""
        with self._in_line:
            with self.engine.begin() as connection:
                seq = connection.execute(_SEQ_TO_WRITE).scalar_one()
                writing = Writing(connection, now, seq, self._salts)
                yield writing
                writing.close()
            with self._committed:
                self._last_seq = writing.seq
                self._committed.notify_all()
                heard = tuple(self._heard)
        for hear in heard:
            hear(writing.seq)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: all that was committed when the first question was asked, and nothing later."""
        with self._reading.begin() as connection:
            yield connection

    def seq(self) -> int:
        """The number of the last change that is committed."""
        with self.read() as connection:
            return int(connection.execute(_SEQ).scalar_one())

    def changed(self, after: int, within: timedelta) -> int:
        """The last number, as soon as it is beyond `after`, or when the time is over. Blocks: not for an event loop."""
        left = within
        while True:
            seq = self.seq()
            if seq > after or left <= timedelta():
                return seq
            pause = min(left, POLLS_EVERY)
            with self._committed:
                self._committed.wait_for(lambda: self._last_seq > after, timeout=pause.total_seconds())
            left -= pause

    def hear(self, heard: Callable[[int], None]) -> Callable[[], None]:
        """Call it with the last number after each commit in this process, on the writer's thread; returns how to stop that."""
        with self._committed:
            self._heard.append(heard)

        def stop() -> None:
            with self._committed:
                self._heard.remove(heard)

        return stop

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@contextmanager
def _at_once(connection: Connection) -> Iterator[None]:
    """PostgreSQL's answers to what is said in this block are awaited at its end; SQLite is in this process."""
    if connection.dialect.name != "postgresql":
        yield
        return
    import psycopg  # noqa: PLC0415  it costs a start half a second where the ledger is a file

    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"{type(driver).__name__}, expected a connection of psycopg")
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as failed:  # seen by the driver alone, after the library's last word
        raise DBAPIError.instance(None, None, failed, psycopg.Error) from failed


def _sqlite(url: URL) -> Engine:
    waits = {"timeout": WAITS_FOR_THE_FILE.total_seconds(), "check_same_thread": False}
    engine = create_engine(url, connect_args=waits)

    @event.listens_for(engine, "connect")
    def _connected(raw: object, _record: object) -> None:
        raw.isolation_level = None  # type: ignore[attr-defined]  # BEGIN is ours to say: the driver would wait for the first write
        cursor = raw.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get("vigil_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL, answers_within: timedelta | None = ANSWERS_WITHIN) -> Engine:
    stuck_ms = int(_STUCK.total_seconds() * 1000)
    ends_ms = 0 if answers_within is None else int(answers_within.total_seconds() * 950)  # before we let go: it would work on for nobody
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,  # after a restart of the server the first question must not be the one that fails
        pool_use_lifo=True,  # the connection that was used last has most of what is asked prepared
        connect_args={
            "options": f"-c idle_in_transaction_session_timeout={stuck_ms} -c statement_timeout={ends_ms} -c timezone=UTC -c jit=off",
            "application_name": "vigil",
            "prepare_threshold": 1,  # to plan a question of reach takes longer than to answer it
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,  # ms: what is sent and not acknowledged
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, said: list[str], named: dict[str, object]) -> object:
        from alerting.ledger.silent import Patient  # noqa: PLC0415  it costs a start half a second where the ledger is a file

        connection = Patient.connect(*said, **named)  # type: ignore[arg-type]
        connection.answers_within_s = None if answers_within is None else answers_within.total_seconds()
        connection.prepared_max = _PREPARED
        return connection

    return engine
