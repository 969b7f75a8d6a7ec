package org.align4j.serve.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.files.Folders;
import org.align4j.serve.store.Store;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Uploads whose bytes come in parts, in any order and side by side; the client says at the end how they belong together. */
public final class Uploads {
    /** Bytes that an upload may have in all. */
    public static final long MOST_BYTES = 8L << 30;

    private static final String FOLDER = "uploads";
    private static final String PREFIX = "upload_";
    private static final long LIFETIME_SECONDS = 3600;
    private static final int PIECE = 1 << 16;

    private final Store store;
    private final StoredFiles files;
    private final Path folder;
    private final Object completing = new Object();

    /** Where an upload stands. */
    public enum State {
        /** Parts of the upload may come. */
        PENDING,
        /** The upload became a file. */
        COMPLETED,
        /** The client gave the upload up. */
        CANCELLED,
        /** The hour of the upload passed before it was completed. */
        EXPIRED;

        /** Returns the word that clients read. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * An upload.
     *
     * @param id {@code upload_…}
     * @param label what the client says of the file
     * @param bytes that it will have
     * @param life when an upload began, and when it ends, in seconds
     * @param state where it stands
     * @param file id of the file that it became; null before
     */
    public record Upload(
            String id,
            String project,
            StoredFiles.Label label,
            long bytes,
            Life life,
            State state,
            @Nullable String file) {
        /**
         * When an upload began, and when it ends, in seconds.
         *
         * @param created in seconds
         * @param expires in seconds
         */
        public record Life(long created, long expires) {}

        /** Returns the id that the file will have once the upload is complete. */
        public String fileId() {
            return "file-" + id.substring(PREFIX.length());
        }
    }

    /**
     * A part of an upload.
     *
     * @param id {@code part_…}
     * @param upload whose part it is
     * @param created in seconds
     */
    public record Part(String id, String upload, long created) {}

    /** Returns the uploads below a server's folder, without what an earlier server left half written. */
    public Uploads(Store store, StoredFiles files, Path root) {
        this.store = store;
        this.files = files;
        this.folder = root.resolve(FOLDER);
        try {
            Folders.make(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins an upload, which lives for an hour. */
    public Upload create(String project, StoredFiles.Label label, long bytes) {
        long now = files.now();
        Upload upload = new Upload(
                FreshId.fresh(PREFIX),
                project,
                label,
                bytes,
                new Upload.Life(now, now + LIFETIME_SECONDS),
                State.PENDING,
                null);
        store.write(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO uploads (id, project, name, purpose, bytes, created, expires, lifetime, state)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                insert.setString(1, upload.id());
                insert.setString(2, project);
                insert.setString(3, label.name());
                insert.setString(4, label.purpose());
                insert.setLong(5, bytes);
                insert.setLong(6, now);
                insert.setLong(7, upload.life().expires());
                insert.setObject(8, label.lifetime());
                insert.setString(9, State.PENDING.word());
                return insert.executeUpdate();
            }
        });
        return upload;
    }

    /** Finds an upload of a project. */
    public Optional<Upload> find(String project, String id) {
        return store.read(connection -> {
            try (PreparedStatement ask = connection.prepareStatement(
                    "SELECT id, project, name, purpose, bytes, created, expires, lifetime, state, file FROM uploads"
                            + " WHERE project = ? AND id = ?")) {
                ask.setString(1, project);
                ask.setString(2, id);
                ResultSet row = ask.executeQuery();
                return row.next() ? Optional.of(read(row)) : Optional.<Upload>empty();
            }
        });
    }

    private Upload read(ResultSet row) throws SQLException {
        long seconds = row.getLong(8);
        Long lifetime = row.wasNull() ? null : Long.valueOf(seconds);
        State state = State.valueOf(row.getString(9).toUpperCase(Locale.ROOT));
        boolean late = state == State.PENDING && row.getLong(7) <= files.now();
        return new Upload(
                row.getString(1),
                row.getString(2),
                new StoredFiles.Label(row.getString(3), row.getString(4), lifetime),
                row.getLong(5),
                new Upload.Life(row.getLong(6), row.getLong(7)),
                late ? State.EXPIRED : state,
                row.getString(10));
    }

    /** Begins to take a part's bytes in; the caller closes it. */
    public Incoming begin(Upload upload) throws IOException {
        requirePending(upload);
        return files.begin(upload.project());
    }

    private static void requirePending(Upload upload) {
        if (upload.state() != State.PENDING) {
            throw new Refusal(
                            400,
                            "The upload is " + upload.state().word()
                                    + ", so that nothing can be done to it; create another one.")
                    .about("upload_id", "invalid_upload_state");
        }
    }

    /** Makes taken bytes a part of an upload. */
    public Part add(Upload upload, Incoming incoming) throws IOException {
        requirePending(upload);
        Part part = new Part(FreshId.fresh("part_"), upload.id(), files.now());
        Folders.make(folder.resolve(upload.id()));
        incoming.finish(path(upload, part.id()));
        int entered = store.write(connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO upload_parts (id, upload, bytes, created)"
                            + " SELECT ?, id, ?, ? FROM uploads WHERE id = ? AND state = 'pending'")) {
                insert.setString(1, part.id());
                insert.setLong(2, incoming.bytes());
                insert.setLong(3, part.created());
                insert.setString(4, upload.id());
                return insert.executeUpdate();
            }
        });
        if (entered == 0) { // it was cancelled or completed meanwhile
            Folders.deleteIfExists(path(upload, part.id()));
            requirePending(find(upload.project(), upload.id()).orElse(upload));
        }
        return part;
    }

    private Path path(Upload upload, String part) {
        return folder.resolve(upload.id()).resolve(part);
    }

    /**
     * Joins parts in the order that the client says; those that it doesn't name are thrown away.
     *
     * @param md5 of all bytes in hexadecimal digits; null where the client gives none
     */
    public Upload complete(Upload upload, List<String> parts, @Nullable String md5) throws IOException {
        synchronized (completing) {
            Upload now = find(upload.project(), upload.id()).orElse(upload);
            requirePending(now);
            requireParts(now, parts);
            try (Incoming whole = files.begin(now.project())) {
                String digest = join(now, parts, whole);
                if (whole.bytes() != now.bytes()) {
                    throw new Refusal(
                                    400,
                                    "The parts have " + whole.bytes() + " bytes but the upload was announced with "
                                            + now.bytes() + "; add what is missing, or create another upload.")
                            .about("part_ids", "invalid_value");
                }
                if (md5 != null && !md5.equalsIgnoreCase(digest)) {
                    throw new Refusal(400, "md5 isn't that of the parts' bytes in this order; send them again.")
                            .about("md5", "invalid_value");
                }
                files.admit(
                        whole,
                        now.project(),
                        now.label(),
                        now.fileId(),
                        (connection, file) -> end(connection, now, State.COMPLETED, file.id()));
            }
            Folders.deleteTree(folder.resolve(now.id()));
            return find(now.project(), now.id()).orElse(now);
        }
    }

    private void requireParts(Upload upload, List<String> parts) {
        Set<String> known = new HashSet<>(parts(upload.id()));
        Set<String> named = new HashSet<>();
        for (String part : parts) {
            if (!known.contains(part) || !named.add(part)) {
                throw new Refusal(
                                400,
                                "part_ids names a part twice, or one that isn't this upload's; name each part once, in"
                                        + " the order of the file.")
                        .about("part_ids", "invalid_value");
            }
        }
    }

    private List<String> parts(String upload) {
        return store.read(connection -> {
            try (PreparedStatement ask = connection.prepareStatement("SELECT id FROM upload_parts WHERE upload = ?")) {
                ask.setString(1, upload);
                ResultSet row = ask.executeQuery();
                List<String> ids = new ArrayList<>();
                while (row.next()) {
                    ids.add(row.getString(1));
                }
                return ids;
            }
        });
    }

    private String join(Upload upload, List<String> parts, Incoming whole) throws IOException {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            byte[] piece = new byte[PIECE];
            for (String part : parts) {
                try (var in = Files.newInputStream(path(upload, part))) {
                    for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                        md5.update(piece, 0, count);
                        whole.write(piece, 0, count);
                    }
                }
            }
            return HexFormat.of().formatHex(md5.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives an upload up. */
    public Upload cancel(Upload upload) throws IOException {
        synchronized (completing) {
            requirePending(find(upload.project(), upload.id()).orElse(upload));
            store.write(connection -> {
                end(connection, upload, State.CANCELLED, null);
                return true;
            });
            Folders.deleteTree(folder.resolve(upload.id()));
            return find(upload.project(), upload.id()).orElse(upload);
        }
    }

    private static void end(Connection connection, Upload upload, State state, @Nullable String file)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE uploads SET state = ?, file = ? WHERE id = ?")) {
            update.setString(1, state.word());
            update.setString(2, file);
            update.setString(3, upload.id());
            update.executeUpdate();
        }
    }

    /** Removes the parts of uploads whose hour is over, and what is there for none that is pending. */
    public void sweep() throws IOException {
        long now = files.now();
        store.write(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE uploads SET state = 'expired' WHERE state = 'pending' AND expires <= ?")) {
                update.setLong(1, now);
                return update.executeUpdate();
            }
        });
        for (Path entry : Folders.list(folder)) {
            String id = String.valueOf(entry.getFileName());
            boolean pending = store.read(connection -> {
                try (PreparedStatement ask =
                        connection.prepareStatement("SELECT 1 FROM uploads WHERE id = ? AND state = 'pending'")) {
                    ask.setString(1, id);
                    return ask.executeQuery().next();
                }
            });
            if (!pending) {
                Folders.deleteTree(entry);
            }
        }
    }
}
