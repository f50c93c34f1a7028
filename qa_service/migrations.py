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
    ALTER TABLE passages ADD COLUMN source TEXT;
    ALTER TABLE documents ADD COLUMN flaws TEXT NOT NULL DEFAULT '[]';
    """,
    """
    CREATE TABLE synced_folders (
        id INTEGER PRIMARY KEY,
        origin TEXT NOT NULL UNIQUE,
        patterns TEXT NOT NULL,
        synced_at TEXT
    ) STRICT;

    CREATE TABLE synced_files (
        origin TEXT PRIMARY KEY,
        folder_id INTEGER NOT NULL REFERENCES synced_folders (id) ON DELETE CASCADE,
        document_id TEXT REFERENCES documents (id) ON DELETE CASCADE,
        stamp TEXT,
        inode TEXT NOT NULL,
        is_mounted INTEGER NOT NULL,
        sha256 TEXT,
        recipe TEXT NOT NULL,
        status TEXT,
        reason TEXT
    ) STRICT;
    CREATE INDEX synced_files_of_folder ON synced_files (folder_id);
    CREATE INDEX synced_files_of_document ON synced_files (document_id);
    """,
    """
    CREATE TABLE document_names (
        id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
        title TEXT NOT NULL,
        words TEXT NOT NULL
    ) STRICT;
    INSERT INTO document_names SELECT id, folded(title), folded(title || ' ' || uri) FROM documents;
    CREATE INDEX document_names_by_title ON document_names (title, id);
    CREATE INDEX documents_by_time ON documents (created_at, id);
    CREATE INDEX documents_by_size ON documents (size DESC, id);
    CREATE INDEX documents_of_content ON documents (sha256);

    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL,
        finished_at TEXT,
        is_cancelled INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE job_files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job_number INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT,
        status TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        was_held INTEGER,
        passages_done INTEGER NOT NULL DEFAULT 0,
        passages_total INTEGER,
        problem TEXT,
        reason TEXT,
        document_id TEXT,
        title TEXT,
        generation INTEGER,
        duplicate_of TEXT
    ) STRICT;
    CREATE INDEX files_of_job ON job_files (job_number, id);
    CREATE INDEX files_to_take_in ON job_files (id) WHERE status IN ('waiting', 'working');

    CREATE TABLE job_contents (
        file_id INTEGER PRIMARY KEY REFERENCES job_files (id) ON DELETE CASCADE,
        content BLOB NOT NULL
    ) STRICT;
    """,
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
