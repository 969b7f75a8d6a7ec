package org.align4j.core.stop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.stop.Control.Word;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Words of a pipe and of a file are read alike. */
class ControlTest {
    @TempDir
    Path folder;

    private static void pipe(String text) throws IOException {
        Control.obey(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void thePipeAndTheFileSayTheSameWords() throws IOException {
        List<String> unknown = new ArrayList<>();
        Control control = new Control(folder, Files::deleteIfExists, unknown::add);
        assertThat(control.asksForPause()).isFalse();
        pipe("pause\n");
        assertThat(control.asksForPause()).isTrue();
        pipe("hurry\ncontinue\n");
        assertThat(control.asksForPause()).isFalse();
        assertThat(unknown).containsExactly("hurry");
        pipe("pause\n");
        Files.writeString(folder.resolve("control"), "continue\n");
        assertThat(control.asksForPause())
                .as("a word in the file ends a pause of the pipe")
                .isFalse();
        assertThat(folder.resolve("control")).doesNotExist();
    }

    @Test
    void aPipesLineThatEndsWithItIsNoWord() throws IOException {
        pipe("pause");
        assertThat(new Control(folder, Files::deleteIfExists, unknown -> {}).asksForPause())
                .isFalse();
    }

    @Test
    void standingWordsAreFoundAndLeftOnesTakenAway() throws IOException {
        assertThat(Control.standing(folder)).isEmpty();
        Files.writeString(folder.resolve("control"), " pause \n");
        assertThat(Control.standing(folder)).contains(Word.PAUSE);
        assertThat(Control.discard(folder, Files::deleteIfExists)).contains(" pause \n");
        assertThat(Control.discard(folder, Files::deleteIfExists)).isEmpty();
    }

    /** A folder of that name asks nothing, and neither does a file that is being written. */
    @Test
    void whatIsNoFileAsksNothing() throws IOException {
        List<String> unknown = new ArrayList<>();
        Control control = new Control(folder, Files::deleteIfExists, unknown::add);
        Files.createDirectory(folder.resolve("control"));
        assertThat(control.asksForPause()).isFalse();
        Files.delete(folder.resolve("control"));
        Files.createFile(folder.resolve("control"));
        assertThat(control.asksForPause()).isFalse();
        assertThat(unknown).isEmpty();
    }
}
