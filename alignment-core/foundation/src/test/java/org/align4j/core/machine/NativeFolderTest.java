package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders as their owner sees them, and as a user sees them whose number nobody has. */
class NativeFolderTest {
    private static final int STRANGER = 1_999_999_999;

    @TempDir
    Path folder;

    private NativeFolder own;
    private NativeFolder foreign;

    @BeforeEach
    void users() throws IOException {
        Ownership owner = Ownership.ofProcess();
        Assumptions.assumeTrue(owner.user() >= 0, "files have no owner's number here");
        own = new NativeFolder(owner);
        // Root is trusted by everybody, so that its files are nobody else's only where they are given away.
        foreign = new NativeFolder(new Ownership(STRANGER));
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static Path open(Path file) throws IOException {
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    /** Makes a file somebody's who is neither root nor the process's user. */
    private static Path give(Path file) throws IOException {
        if (Ownership.ofProcess().user() == 0) {
            Files.setAttribute(file, "unix:uid", 1_234);
        }
        return file;
    }

    @Test
    void aMissingFolderIsMadeForTheUserAlone() throws IOException {
        Path made = own.firstOf(List.of(folder.resolve("deep/er/natives")));
        assertThat(mode(made)).isEqualTo("rwx------");
    }

    @Test
    void whatIsOursIsClosedToOthers() throws IOException {
        Path natives = open(Files.createDirectory(folder.resolve("natives")));
        Path version = open(Files.createDirectories(natives.resolve("pytorch/2.7")));
        Path library = open(Files.createFile(version.resolve("libtorch.so")));
        Path other = open(Files.createFile(natives.resolve("thesis.tex")));
        assertThat(own.given("ENGINE_CACHE_DIR", natives)).isEqualTo(natives);
        assertThat(mode(natives)).isEqualTo("rwxr-xr-x");
        assertThat(mode(version)).isEqualTo("rwxr-xr-x");
        assertThat(mode(library)).isEqualTo("rwxr-xr-x");
        assertThat(mode(other)).isEqualTo("rwxrwxrwx");
    }

    @Test
    void anotherUsersFolderIsRefusedWhereItIsNamed() throws IOException {
        Path natives = give(Files.createDirectory(folder.resolve("natives")));
        assertThatThrownBy(() -> foreign.given("DJL_CACHE_DIR", natives))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("DJL_CACHE_DIR is " + natives + ", which belongs to another user;")
                .hasMessageContaining("name a folder of your own");
    }

    @Test
    void aFileThatAnotherUserPlantedIsFound() throws IOException {
        Assumptions.assumeTrue(Ownership.ofProcess().user() == 0, "only root gives files away");
        Path natives = Files.createDirectories(folder.resolve("natives"));
        give(Files.createFile(
                Files.createDirectories(natives.resolve("tokenizers/0.21")).resolve("libtokenizers.so")));
        assertThatThrownBy(() -> own.given("ENGINE_CACHE_DIR", natives))
                .hasMessageContaining("in which tokenizers/0.21/libtokenizers.so belongs to another user");
    }

    @Test
    void theFirstFolderThatIsFitIsTaken() throws IOException {
        Path taken = give(Files.createDirectory(folder.resolve("taken")));
        Path shared = open(Files.createDirectory(folder.resolve("shared")));
        Path file = Files.createFile(folder.resolve("file"));
        Path fit = folder.resolve("fit");
        List<Path> folders = List.of(shared.resolve("natives"), file, fit);
        assertThat(own.firstOf(folders)).isEqualTo(fit);
        assertThatThrownBy(() -> foreign.firstOf(List.of(shared.resolve("natives"), taken)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(shared.resolve("natives") + ", in a folder to which everybody may write; " + taken
                        + ", which belongs to another user. Set ENGINE_CACHE_DIR");
    }

    /** Libraries that root has put there for all users. */
    @Test
    void rootsFolderServesEverybodyUnlessOthersMayWrite() throws IOException {
        Assumptions.assumeTrue(Ownership.ofProcess().user() == 0);
        Path natives = Files.createDirectories(folder.resolve("natives"));
        Path library = Files.createFile(
                Files.createDirectory(natives.resolve("tokenizers")).resolve("lib.so"));
        assertThat(foreign.given("ENGINE_CACHE_DIR", natives)).isEqualTo(natives);
        open(library);
        assertThatThrownBy(() -> foreign.given("ENGINE_CACHE_DIR", natives))
                .hasMessageContaining("in which others may write to tokenizers/lib.so");
    }
}
