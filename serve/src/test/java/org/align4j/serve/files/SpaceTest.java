package org.align4j.serve.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.serve.store.Store;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fills up while a file comes, and files whose time is over, by a disk and a clock that the test sets. */
class SpaceTest {
    private static final StoredFiles.Label LABEL = new StoredFiles.Label("x", "user_data", null);

    @TempDir
    Path folder;

    private static long entries(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void fiveGigabytesOnASmallDiskAreRefusedBeforeItIsFull() throws IOException {
        AtomicLong written = new AtomicLong();
        long free = Space.KEPT_FREE + (5L << 20);
        try (Store store = Store.open(folder)) {
            StoredFiles files =
                    new StoredFiles(store, folder, new Space(() -> free - written.get(), null), InstantSource.system());
            byte[] piece = new byte[1 << 20];
            try (Incoming incoming = files.begin("p")) {
                assertThatThrownBy(() -> {
                            for (int i = 0; i < 5 << 10; i++) {
                                incoming.write(piece);
                                written.addAndGet(piece.length);
                            }
                        })
                        .isInstanceOfSatisfying(Refusal.class, full -> {
                            assertThat(full.status()).isEqualTo(507);
                            assertThat(full.message()).contains("disk");
                        });
            }
            assertThat(written.get()).isEqualTo(5L << 20);
            assertThat(entries(folder.resolve("files"))).isZero();
        }
    }

    @Test
    void expiredFilesAreGoneAtOnceAndTheirBytesOnceNoJobNeedsThem() throws IOException {
        AtomicLong now = new AtomicLong(1_000_000);
        InstantSource clock = () -> Instant.ofEpochSecond(now.get());
        try (Store store = Store.open(folder)) {
            StoredFiles files = new StoredFiles(store, folder, Space.of(folder, null), clock);
            StoredFile file;
            try (Incoming incoming = files.begin("p")) {
                incoming.write(new byte[10]);
                file = files.admit(incoming, "p", new StoredFiles.Label("x", "user_data", 3600L));
            }
            assertThat(files.find("p", file.id())).contains(file);
            assertThat(files.find("q", file.id())).isEmpty();
            now.addAndGet(3600);
            assertThat(files.find("p", file.id())).isEmpty();
            AtomicBoolean needed = new AtomicBoolean(true);
            List<String> forgotten = new ArrayList<>();
            files.usedBy(new FileUser() {
                @Override
                public boolean needs(String project, String id) {
                    return needed.get();
                }

                @Override
                public void forget(String project, String id) {
                    forgotten.add(id);
                }
            });
            files.sweep();
            assertThat(files.rows("p", file.id())).contains(file.content());
            assertThat(forgotten).isEmpty();
            needed.set(false);
            files.sweep();
            assertThat(files.rows("p", file.id())).isEmpty();
            assertThat(file.content()).doesNotExist();
            assertThat(forgotten).containsExactly(file.id());
        }
    }

    @Test
    void whatAKilledServerLeftIsRemovedAtTheNextStart() throws IOException {
        try (Store store = Store.open(folder)) {
            StoredFiles files = new StoredFiles(store, folder, Space.of(folder, null), InstantSource.system());
            StoredFile kept;
            try (Incoming incoming = files.begin("p")) {
                incoming.write(new byte[10]);
                kept = files.admit(incoming, "p", LABEL);
            }
            Files.write(folder.resolve("files/in-1.part"), new byte[3]);
            Files.write(folder.resolve("files/file-2.jsonl"), new byte[3]);
            StoredFiles again = new StoredFiles(store, folder, Space.of(folder, null), InstantSource.system());
            assertThat(entries(folder.resolve("files"))).isEqualTo(1);
            assertThat(again.find("p", kept.id())).contains(kept);
        }
    }

    /** Copies go first: where that is broken off, the next server does all of it again. */
    @Test
    void aDeletionThatIsBrokenOffIsFinishedByTheNextServer() throws IOException {
        StoredFile file;
        try (Store store = Store.open(folder)) {
            StoredFiles files = new StoredFiles(store, folder, Space.of(folder, null), InstantSource.system());
            try (Incoming incoming = files.begin("p")) {
                incoming.write("{\"text\": \"a\"}\n".getBytes(StandardCharsets.UTF_8));
                file = files.admit(incoming, "p", new StoredFiles.Label("secret-name.jsonl", "fine-tune", null));
            }
            files.usedBy(new Copies(true, new ArrayList<>()));
            StoredFile doomed = file;
            assertThatThrownBy(() -> files.delete("p", doomed.id())).hasMessage("broken off");
            assertThat(files.rows("p", file.id())).isEmpty();
            assertThat(file.content()).exists();
        }
        List<String> forgotten = new ArrayList<>();
        try (Store store = Store.open(folder)) {
            StoredFiles files = new StoredFiles(store, folder, Space.of(folder, null), InstantSource.system());
            files.usedBy(new Copies(false, forgotten));
            files.sweep();
            files.sweep();
        }
        assertThat(forgotten).containsExactly(file.id());
        assertThat(file.content()).doesNotExist();
        assertThat(Files.readString(folder.resolve(Store.FILE), StandardCharsets.ISO_8859_1))
                .contains(file.id())
                .doesNotContain("secret-name");
    }

    /** Has copies of all files, whose deletion may be broken off. */
    private record Copies(boolean breaks, List<String> forgotten) implements FileUser {
        @Override
        public boolean needs(String project, String id) {
            return false;
        }

        @Override
        public void forget(String project, String id) throws IOException {
            if (breaks) {
                throw new IOException("broken off");
            }
            forgotten.add(id);
        }
    }

    @Test
    void anUploadLivesForAnHour() throws IOException {
        AtomicLong now = new AtomicLong(1_000_000);
        try (Store store = Store.open(folder)) {
            StoredFiles files =
                    new StoredFiles(store, folder, Space.of(folder, null), () -> Instant.ofEpochSecond(now.get()));
            Uploads uploads = new Uploads(store, files, folder);
            Uploads.Upload upload = uploads.create("p", LABEL, 10);
            try (Incoming incoming = uploads.begin(upload)) {
                incoming.write(new byte[10]);
                uploads.add(upload, incoming);
            }
            now.addAndGet(3600);
            Uploads.Upload late = uploads.find("p", upload.id()).orElseThrow();
            assertThat(late.state()).isEqualTo(Uploads.State.EXPIRED);
            assertThatThrownBy(() -> uploads.begin(late))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("expired");
            assertThat(folder.resolve("uploads").resolve(upload.id())).exists();
            uploads.sweep();
            assertThat(folder.resolve("uploads").resolve(upload.id())).doesNotExist();
            assertThat(uploads.find("q", upload.id())).isEmpty();
        }
    }
}
