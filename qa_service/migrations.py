"""The database's schema as numbered steps. A step that was released is never edited; a change is a new step."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE models (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        fingerprint TEXT NOT NULL UNIQUE,
        dimension INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE state (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        generation INTEGER NOT NULL,
        model_id INTEGER REFERENCES models (id)
    ) STRICT;
    INSERT INTO state VALUES (1, 0, NULL);

    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        origin TEXT NOT NULL UNIQUE,
        uri TEXT NOT NULL,
        title TEXT NOT NULL,
        media_type TEXT NOT NULL,
        language TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        recipe TEXT NOT NULL,
        size INTEGER NOT NULL,
        characters INTEGER NOT NULL,
        metadata TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE contents (
        document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        original BLOB NOT NULL
    ) STRICT;

    CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        language TEXT NOT NULL,
        headings TEXT NOT NULL,
        page_start INTEGER,
        page_end INTEGER,
        sentences BLOB NOT NULL,
        digest BLOB NOT NULL,
        generation INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX passages_of_document ON passages (document_id, start);
    CREATE INDEX passages_of_language ON passages (language);
    CREATE INDEX passages_of_digest ON passages (digest);
    CREATE INDEX passages_of_generation ON passages (generation);

    CREATE TABLE vectors (
        digest BLOB NOT NULL,
        model_id INTEGER NOT NULL REFERENCES models (id),
        passage BLOB NOT NULL,
        sentences BLOB NOT NULL,
        words BLOB NOT NULL,
        PRIMARY KEY (digest, model_id)
    ) STRICT;

    CREATE TABLE language_sums (
        language TEXT PRIMARY KEY,
        passages INTEGER NOT NULL,
        passage_sum BLOB NOT NULL,
        words INTEGER NOT NULL,
        word_sum BLOB NOT NULL
    ) STRICT;
    """,
    "ALTER TABLE passages ADD COLUMN prose REAL NOT NULL DEFAULT 1;",
    "UPDATE vectors SET words = with_squares(words, (SELECT dimension FROM models WHERE id = model_id));",
    "ALTER TABLE contents ADD COLUMN outline TEXT NOT NULL DEFAULT '{}';",
    """
    CREATE TABLE site_keys (
        key TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        origins TEXT NOT NULL,
        rate TEXT NOT NULL,
        created_at TEXT NOT NULL,
        revoked_at TEXT
    ) STRICT;

    CREATE TABLE feedback (
        answer_id TEXT PRIMARY KEY,
        verdict TEXT NOT NULL,
        reason TEXT,
        comment TEXT,
        question TEXT NOT NULL,
        language TEXT NOT NULL,
        answered INTEGER NOT NULL,
        citations TEXT NOT NULL,
        site TEXT,
        generation INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX feedback_by_time ON feedback (updated_at);
    """,
)
