package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.align4j.core.machine.MemoryLedger.Account;
import org.align4j.core.machine.MemoryLedger.Claim;
import org.align4j.core.machine.MemoryLedger.Holding;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger, shared by this process and others that are killed. */
class MemoryLedgerTest {
    private static final long MEBI = 1L << 20;
    private static final String ALWAYS = "always";

    @TempDir
    Path folder;

    private Path file;
    private MemoryLedger ledger;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void open() {
        file = folder.resolve("cache").resolve("memory-ledger");
        ledger = new MemoryLedger(file);
    }

    private List<String> claims() {
        return ledger.account().holdings().stream()
                .map(held -> held.what() + " " + held.bytes() / MEBI)
                .sorted()
                .toList();
    }

    /** Looks for so long that a process that looks every two seconds has looked. */
    private static boolean soon(BooleanSupplier holds) throws InterruptedException {
        for (int look = 0; look < 100 && !holds.getAsBoolean(); look++) {
            Thread.sleep(100);
        }
        return holds.getAsBoolean();
    }

    @Test
    void processesKnowOfEachOtherAndTheDeadAreDropped() throws Exception {
        Claim own = ledger.enter("own", 10 * MEBI, said::add);
        try (ClaimingProcess first = ClaimingProcess.start(file, "first", 20 * MEBI, ALWAYS);
                ClaimingProcess second = ClaimingProcess.start(file, "second", 30 * MEBI, ALWAYS)) {
            assertThat(List.of(first.word(), second.word())).containsExactly("entered", "entered");
            assertThat(claims()).containsExactly("first 20", "own 10", "second 30");
            first.kill();
            assertThat(claims()).containsExactly("own 10", "second 30");
            own.expect(11 * MEBI);
            assertThat(Files.readString(file)).doesNotContain("first").contains("second");
            assertThat(claims()).containsExactly("own 11", "second 30");
        }
        own.close();
        assertThat(claims()).isEmpty();
        assertThat(file).isEmptyFile();
        assertThat(said).isEmpty();
    }

    @Tag("long")
    @Test
    void theLivingEnterThemselvesAgainWhereTheFileWasDeletedOrDamaged() throws Exception {
        try (ClaimingProcess other = ClaimingProcess.start(file, "other", 20 * MEBI, ALWAYS);
                Claim own = ledger.enter("own", 10 * MEBI, said::add)) {
            assertThat(other.word()).isEqualTo("entered");
            try (Stream<Path> all = Files.walk(file.getParent())) {
                for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
            assertThat(soon(() -> claims().equals(List.of("other 20", "own 10"))))
                    .isTrue();
            byte[] garbage = new byte[3000];
            garbage[7] = (byte) 0xC3;
            Files.write(file, garbage);
            assertThat(soon(() -> claims().equals(List.of("other 20", "own 10"))))
                    .isTrue();
            String torn = Files.readString(file);
            Files.writeString(file, torn.substring(0, torn.length() - 40));
            assertThat(soon(() -> claims().equals(List.of("other 20", "own 10"))))
                    .isTrue();
            assertThat(Files.readString(file)).hasLineCount(2);
            own.expect(12 * MEBI);
            assertThat(claims()).containsExactly("other 20", "own 12");
        }
        assertThat(said).isEmpty();
    }

    /** A number that another process has now, a machine that has booted since, and a container that hasn't written for long. */
    @Test
    void whoIsDeadIsToldByMoreThanItsNumber() throws IOException {
        Files.createDirectories(file.getParent());
        LedgerOwner self = LedgerOwner.self();
        long now = System.currentTimeMillis();
        long longAgo = now - 600_000;
        List<Holding> lines = List.of(
                new Holding(new LedgerOwner(self.pid(), self.started() - 1, self.boot(), self.space()), "a", 1, 0, now),
                new Holding(new LedgerOwner(1, 1, "another boot", self.space()), "b", 1, 0, now),
                new Holding(new LedgerOwner(1, 1, self.boot(), "a container"), "c", MEBI, 0, now),
                new Holding(new LedgerOwner(2, 1, self.boot(), "a container"), "d", 1, 0, longAgo));
        Files.write(file, lines.stream().map(Json::text).toList());
        assertThat(claims()).containsExactly("c 1");
    }

    @Test
    void whatIsFreeIsLessThanTheClaimsAndThanWhatTheirOwnersStillTake() {
        LedgerOwner elsewhere = new LedgerOwner(7, 1, LedgerOwner.self().boot(), "a container");
        List<Holding> held = List.of(
                new Holding(elsewhere, "run", 300, 50, 0),
                new Holding(elsewhere, "model", 100, 50, 0),
                new Holding(LedgerOwner.self(), "own", 500, 50, 0));
        assertThat(account(1000, OptionalLong.empty(), held).freeBesideOthers()).isEqualTo(550);
        assertThat(account(1000, OptionalLong.of(700), held).freeBesideOthers()).isEqualTo(250);
        assertThat(account(1000, OptionalLong.of(400), held).freeBesideOthers()).isZero();
        assertThat(account(1000, OptionalLong.empty(), held).freeBeside(each -> true))
                .isZero();
        assertThat(account(1000, OptionalLong.empty(), List.of()).hasOthers()).isFalse();
        assertThat(account(1000, OptionalLong.empty(), held).hasOthers()).isTrue();
    }

    private static Account account(long limit, OptionalLong available, List<Holding> held) {
        return new Account(
                new Memory(2000, limit, available, OptionalLong.empty(), OptionalLong.empty(), 64, true), held);
    }

    /** Of processes that ask at once for two fifths of what is free, two get it. */
    @Test
    void whoAsksForRoomGetsItOnce() throws Exception {
        long share = ledger.account().freeBesideOthers() / 5 * 2;
        List<ClaimingProcess> asking = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                asking.add(ClaimingProcess.start(file, "run " + i, share, "asked"));
            }
            int entered = 0;
            for (ClaimingProcess process : asking) {
                entered += process.word().equals("entered") ? 1 : 0;
            }
            // What is free changes while other programs of the machine work.
            assertThat(entered).isBetween(1, 2);
            assertThat(ledger.account().holdings()).hasSize(entered);
            assertThat(ledger.enterIfFree("run", ledger.account().memory().limit(), said::add))
                    .isNull();
            assertThat(ledger.account().holdings()).hasSize(entered);
        } finally {
            for (ClaimingProcess process : asking) {
                process.close();
            }
        }
        try (Claim fits = ledger.enterIfFree("run", MEBI, said::add)) {
            assertThat(fits).isNotNull();
            assertThat(claims()).containsExactly("run 1");
        }
    }

    @Test
    void aClaimIsHandedToAChildAndEndsWithIt() throws Exception {
        try (ClaimingProcess silent = ClaimingProcess.start(file, "its own", MEBI, ALWAYS);
                ClaimingProcess child = ClaimingProcess.start(file, "run", 5 * MEBI, ALWAYS)) {
            assertThat(List.of(silent.word(), child.word())).containsOnly("entered");
            ledger.enter("run", 20 * MEBI, said::add).handTo(silent.handle());
            ledger.enter("run", 30 * MEBI, said::add).handTo(child.handle());
            assertThat(claims()).containsExactly("its own 1", "run 20", "run 5");
            silent.kill();
            assertThat(claims()).containsExactly("run 5");
        }
        assertThat(claims()).isEmpty();
    }

    @Test
    void whereItCannotBeWrittenThatIsSaidOnceAndTheWorkGoesOn() throws IOException {
        Files.writeString(folder.resolve("cache"), "a file");
        Claim first = ledger.enter("first", MEBI, said::add);
        Claim second = ledger.enterIfFree("second", MEBI, said::add);
        assertThat(second).isNotNull();
        assertThat(ledger.enterIfFree("third", ledger.account().memory().limit(), said::add))
                .isNull();
        first.expect(2 * MEBI);
        first.close();
        second.close();
        assertThat(said).singleElement().asString().contains("memory-ledger can't be written", "it goes on");
        assertThat(folder.resolve("cache")).hasContent("a file");
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "somebody's");
        Files.createDirectories(file.getParent());
        Files.createSymbolicLink(file, elsewhere);
        ledger.enter("own", MEBI, said::add).close();
        assertThat(elsewhere).hasContent("somebody's");
        assertThat(said).singleElement().asString().contains("is a link, which is not followed");
    }

    @Test
    void twoClaimsForTheSameAreTwo() {
        try (Claim first = ledger.enter("model m", MEBI, said::add);
                Claim second = ledger.enter("model m", 2 * MEBI, said::add)) {
            assertThat(claims()).containsExactly("model m (2) 2", "model m 1");
            second.expect(3 * MEBI);
            first.expect(4 * MEBI);
            assertThat(claims()).containsExactly("model m (2) 3", "model m 4");
        }
        assertThat(claims()).isEmpty();
    }
}
