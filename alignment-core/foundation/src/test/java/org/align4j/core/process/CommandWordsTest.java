package org.align4j.core.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

/** Commands as words, by rules that hold no shell. */
class CommandWordsTest {
    private static List<String> words(String command) {
        return CommandWords.of("reward", command).words();
    }

    @Test
    void whiteSpaceSeparatesAndQuotesHoldTogether() {
        assertThat(words("  python3\tscore.py  --a 1 ")).containsExactly("python3", "score.py", "--a", "1");
        assertThat(words("python3 'my scores.py' \"a b\"c ''")).containsExactly("python3", "my scores.py", "a bc", "");
        assertThat(words("a 'b \"c\" \\d' \"e 'f' \\\"g\\\" \\\\ \\n\""))
                .containsExactly("a", "b \"c\" \\d", "e 'f' \"g\" \\ \\n");
    }

    @Test
    void aBackslashKeepsSpaceQuoteAndItself() {
        assertThat(words("a\\ b \\'c\\\" \\\\ C:\\tools\\score.exe"))
                .containsExactly("a b", "'c\"", "\\", "C:\\tools\\score.exe");
    }

    @Test
    void signsOfShellsMeanThemselves() {
        assertThat(words("a $HOME *.py | b; c > d && e `f` $(g) ~"))
                .containsExactly("a", "$HOME", "*.py", "|", "b;", "c", ">", "d", "&&", "e", "`f`", "$(g)", "~");
    }

    @Test
    void whatIsNoCommandIsRefused() {
        assertThatThrownBy(() -> words(" "))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("reward names no command");
        assertThatThrownBy(() -> words("'' a")).hasMessageContaining("reward names no command");
        assertThatThrownBy(() -> words("a 'b"))
                .hasMessageContaining("a ' is opened and not closed")
                .hasMessageContaining("write \\'");
        assertThatThrownBy(() -> words("a \0")).hasMessageContaining("number 0");
    }

    @Test
    void aProgramIsLookedForBeforeTheRun() {
        CommandWords java = new CommandWords(AnsweringProgram.words("right"));
        assertThatCode(() -> java.requireProgram("reward")).doesNotThrowAnyException();
        assertThatThrownBy(() ->
                        CommandWords.of("reward", "no-such-program-here a").requireProgram("reward"))
                .hasMessageContaining("reward starts no-such-program-here, which is no program in the folders of PATH");
        assertThatThrownBy(() -> CommandWords.of("reward", "./score.py").requireProgram("reward"))
                .hasMessageContaining("which is no program here");
    }
}
