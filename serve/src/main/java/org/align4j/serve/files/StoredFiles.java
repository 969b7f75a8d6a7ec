package org.align4j.serve.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.align4j.core.files.Folders;
import org.align4j.serve.access.Rotation;
import org.align4j.serve.access.Turns;
import org.align4j.serve.job.JobFiles;
import org.align4j.serve.job.Jobs.Slice;
import org.align4j.serve.store.Sql;
import org.align4j.serve.store.Store;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The files of all projects. A file is on the disk, forced, before it is entered; one that is deleted or expired is gone for clients at once, its
 * bytes and all copies of them when nothing unfinished needs them any more.
 */
public final class StoredFiles implements JobFiles {
    /** Bytes that a file may have which comes in one piece. */
    public static final long MOST_BYTES = 512L << 20;

    private static final String FOLDER = "files";
    private static final String COLUMNS =
            "SELECT id, project, name, purpose, bytes, created, expires, problem, content FROM files ";

    /** How long an upload waits for its turn to be looked through. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Store store;
    private final Path root;
    private final Path folder;
    private final Space space;
    private final InstantSource clock;
    private volatile InstantSource removal;
    private final Turns looking = new Turns(2, 1, PATIENCE);
    private final List<FileUser> users = new CopyOnWriteArrayList<>();

    /**
     * What a client says of a file.
     *
     * @param name as the client calls it
     * @param purpose such as {@code fine-tune}
     * @param lifetime seconds after which it is deleted; null where it stays
     */
    public record Label(
            String name, String purpose, @Nullable Long lifetime) {
        private static final int LONGEST_NAME = 1000;

        /** Returns the last part of what a client calls its file, without what can't be shown. */
        public static String shownName(String given) {
            String last = given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1)
                    .replaceAll("\\p{Cntrl}", "");
            String shorter = last.length() > LONGEST_NAME ? last.substring(0, LONGEST_NAME) : last;
            return shorter.isEmpty() ? "file" : shorter;
        }
    }

    /**
     * Which files a list shows.
     *
     * @param after id of the file before the first; null for the beginning
     * @param limit at most so many
     * @param newestFirst the order
     * @param purpose files of this one alone; null for all
     */
    public record Page(
            @Nullable String after,
            int limit,
            boolean newestFirst,
            @Nullable String purpose) {}

    /** Returns the files below a server's folder, without what an earlier server left half written. */
    public StoredFiles(Store store, Path root, Space space, InstantSource clock) {
        this.store = store;
        this.root = root.toAbsolutePath().normalize();
        this.folder = this.root.resolve(FOLDER);
        this.space = space;
        this.clock = clock;
        this.removal = clock;
        try {
            Folders.make(folder);
            Set<String> entered = entered();
            for (Path entry : Folders.list(folder)) {
                String name = String.valueOf(entry.getFileName());
                if (name.endsWith(Incoming.SUFFIX) || !entered.contains(FOLDER + "/" + name)) {
                    Folders.deleteIfExists(entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Set<String> entered() {
        return Set.copyOf(store.read(connection -> new Sql(connection).texts("SELECT content FROM files")));
    }

    /** Begins to take bytes in; the caller closes it, whether they were admitted or not. */
    public Incoming begin(String project) throws IOException {
        return new Incoming(folder.resolve(FreshId.fresh("in-") + Incoming.SUFFIX), project, space, this::kept);
    }

    /**
     * Makes taken bytes a file of their project.
     *
     * @throws Refusal 400 where the purpose asks for rows and they aren't there
     */
    public StoredFile admit(Incoming incoming, String project, Label label) throws IOException {
        return admit(incoming, project, label, (connection, file) -> {});
    }

    /**
     * Makes taken bytes the file whose id and digest the client was given, or gave, before they came.
     *
     * @param id {@code file-…}, which no file has
     * @param sha256 that the bytes must have, in hexadecimal digits
     * @throws Refusal 400 where the bytes are others, or see {@link #admit(Incoming, String, Label)}
     */
    public StoredFile admit(Incoming incoming, String project, Label label, String id, String sha256)
            throws IOException {
        if (!incoming.digest().equalsIgnoreCase(sha256)) {
            throw new Refusal(
                            400,
                            "The bytes that came have another SHA-256 than the checksum that was announced; upload the"
                                    + " file again.")
                    .about("checksum", "invalid_value");
        }
        return admit(incoming, project, label, id, (connection, file) -> {});
    }

    /** Finds a file of a project by its purpose and the SHA-256 of its bytes. */
    public Optional<StoredFile> ofDigest(String project, String purpose, String sha256) {
        return store
                .read(connection -> new Sql(connection)
                        .texts(
                                "SELECT id FROM files WHERE project = ? AND purpose = ? AND sha256 = ? AND deleted = 0"
                                        + " ORDER BY number DESC LIMIT 1",
                                project,
                                purpose,
                                sha256.toLowerCase(Locale.ROOT)))
                .stream()
                .findFirst()
                .flatMap(id -> find(project, id));
    }

    /** What else happens in the transaction that enters a file. */
    public interface Also {
        /** Runs statements on the transaction's connection. */
        void on(Connection connection, StoredFile file) throws SQLException;
    }

    /** Makes taken bytes a file of their project, and does something else in the same transaction. */
    public StoredFile admit(Incoming incoming, String project, Label label, Also also) throws IOException {
        return admit(incoming, project, label, FreshId.fresh("file-"), also);
    }

    /** Looks through rows in the project's turn: each look takes a processor, and the memory of a line. */
    private @Nullable String problem(String project, Path rows) throws IOException {
        return looking.take(new Rotation.Who(project, ""), () -> {}, () -> Optional.ofNullable(Jsonl.problem(rows)))
                .orElse(null);
    }

    StoredFile admit(Incoming incoming, String project, Label label, String id, Also also) throws IOException {
        boolean rows =
                label.purpose().equals(StoredFile.FINE_TUNE) || label.purpose().equals("batch");
        String problem = rows ? problem(project, incoming.file()) : null;
        Path content = folder.resolve(id + (rows ? ".jsonl" : ".bin"));
        long now = now();
        Long expires = label.lifetime() == null ? null : Long.valueOf(now + label.lifetime());
        StoredFile file = new StoredFile(
                id,
                project,
                new StoredFile.Label(label.name(), label.purpose()),
                incoming.bytes(),
                new StoredFile.Life(now, expires),
                problem,
                content);
        String sha256 = incoming.digest();
        incoming.finish(content);
        store.write(connection -> {
            insert(connection, file, sha256);
            also.on(connection, file);
            return true;
        });
        return file;
    }

    long now() {
        return clock.instant().getEpochSecond();
    }

    private void insert(Connection connection, StoredFile file, @Nullable String sha256) throws SQLException {
        new Sql(connection)
                .update(
                        "INSERT INTO files (id, project, name, purpose, bytes, created, expires, problem, content,"
                                + " sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        file.id(),
                        file.project(),
                        file.label().name(),
                        file.label().purpose(),
                        file.bytes(),
                        file.life().created(),
                        file.life().expires(),
                        file.problem(),
                        relative(file.content()),
                        sha256);
    }

    private String relative(Path content) {
        return root.relativize(content.toAbsolutePath().normalize()).toString().replace('\\', '/');
    }

    private StoredFile read(ResultSet row) throws SQLException {
        long expires = row.getLong(7);
        Long end = row.wasNull() ? null : Long.valueOf(expires);
        return new StoredFile(
                row.getString(1),
                row.getString(2),
                new StoredFile.Label(row.getString(3), row.getString(4)),
                row.getLong(5),
                new StoredFile.Life(row.getLong(6), end),
                row.getString(8),
                root.resolve(row.getString(9)));
    }

    /** Bytes that a project's files and the parts of its uploads take. */
    private long kept(String project) {
        return store.read(connection -> new Sql(connection)
                .number(
                        "SELECT (SELECT COALESCE(SUM(bytes), 0) FROM files WHERE project = ?1 AND deleted < 2) +"
                                + " (SELECT COALESCE(SUM(p.bytes), 0) FROM upload_parts p JOIN uploads u ON u.id ="
                                + " p.upload WHERE u.project = ?1 AND u.state = 'pending')",
                        project));
    }

    /** Finds a file that its project sees. */
    public Optional<StoredFile> find(String project, String id) {
        return find(project, id, " AND deleted = 0 AND (expires IS NULL OR expires > " + now() + ")");
    }

    private Optional<StoredFile> find(String project, String id, String also) {
        return store
                .read(connection -> select(new Sql(connection), "WHERE project = ? AND id = ?" + also, project, id))
                .stream()
                .findFirst();
    }

    private List<StoredFile> select(Sql sql, String where, Object... values) throws SQLException {
        return sql.select(this::read, COLUMNS + where, values);
    }

    /**
     * Lists files of a project in the order of their creation.
     *
     * @throws Refusal 400 where the page begins after what is no file of the project
     */
    public Slice<StoredFile> list(String project, Page page) {
        return store.read(connection -> {
            Sql sql = new Sql(connection);
            List<Object> values = new ArrayList<>(List.of(project));
            StringBuilder where = new StringBuilder(
                    "WHERE project = ? AND deleted = 0 AND (expires IS NULL OR expires > " + now() + ")");
            if (page.after() != null) {
                where.append(" AND number ")
                        .append(page.newestFirst() ? "<" : ">")
                        .append(" ?");
                values.add(sql.place("files", "project", project, page.after()));
            }
            if (page.purpose() != null) {
                where.append(" AND purpose = ?");
                values.add(page.purpose());
            }
            where.append(" ORDER BY number ").append(page.newestFirst() ? "DESC" : "ASC");
            where.append(" LIMIT ").append(page.limit() + 1);
            return Slice.of(select(sql, where.toString(), values.toArray()), page.limit());
        });
    }

    /** Deletes a file for its project, with all copies where nothing unfinished needs them, and says whether it was there. */
    public boolean delete(String project, String id) throws IOException {
        boolean there = find(project, id).isPresent();
        if (there) {
            store.change(connection -> discard(connection, project, id));
            sweep();
        }
        return there;
    }

    /** Says who works with files and has copies of them. */
    public void usedBy(FileUser user) {
        users.add(user);
    }

    /**
     * Removes the bytes of deleted and expired files that nothing unfinished needs, copies first, so that what a kill breaks off is found again.
     * What is left of a file is its id, so that lists go on where they were.
     */
    public synchronized void sweep() throws IOException {
        boolean erased = false;
        for (StoredFile file : dead()) {
            if (beginRemoval(file)) {
                for (FileUser user : users) {
                    user.forget(file.project(), file.id());
                }
                Folders.deleteIfExists(file.content());
                store.change(connection -> new Sql(connection)
                        .update(
                                "UPDATE files SET deleted = 2, name = '', problem = NULL, sha256 = NULL WHERE id = ?",
                                file.id()));
                erased = true;
            }
        }
        if (erased) {
            store.emptyLog();
        }
    }

    /** Says by which time the bytes of expired files are removed; before it is the one by which they expire. */
    public void removeBy(InstantSource time) {
        removal = time;
    }

    private List<StoredFile> dead() {
        long time = removal.instant().getEpochSecond();
        return store.read(connection ->
                select(new Sql(connection), "WHERE deleted IN (1, 3) OR (deleted = 0 AND expires <= " + time + ")"));
    }

    /** Marks a file that nothing unfinished needs, so that nothing begins with it any more; says whether it is so. */
    private boolean beginRemoval(StoredFile file) {
        return store.write(connection -> users.stream().noneMatch(user -> user.needs(file.project(), file.id()))
                && new Sql(connection).update("UPDATE files SET deleted = 3 WHERE id = ?", file.id()) > 0);
    }

    @Override
    public void discard(Connection connection, String project, String id) throws SQLException {
        new Sql(connection)
                .update("UPDATE files SET deleted = 1 WHERE project = ? AND id = ? AND deleted = 0", project, id);
    }

    /** A job goes on with a file that was deleted after it began. */
    @Override
    public Optional<Path> rows(String project, String id) {
        return find(project, id, " AND deleted < 2").map(StoredFile::content).filter(Files::exists);
    }

    @Override
    public void enter(Connection connection, ResultFile file) throws SQLException {
        try {
            insert(
                    connection,
                    new StoredFile(
                            file.id(),
                            file.project(),
                            new StoredFile.Label(file.name(), StoredFile.RESULTS),
                            Files.size(file.content()),
                            new StoredFile.Life(now(), null),
                            null,
                            file.content()),
                    null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
