package org.align4j.core.compare.answers;

import static org.align4j.core.error.RootFormat.format;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.compare.answers.MatchedAnswers.PromptBook;
import org.align4j.core.compare.answers.SystemAnswers.GivenAnswer;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** Says what distinguishes the prompts of answers: their words, or their numbers. */
final class AnswerKeys {
    private final boolean byRow;
    private final @Nullable PromptBook book;
    private final Map<String, AskedPrompt> bookByText = new HashMap<>();

    private AnswerKeys(boolean byRow, @Nullable PromptBook book) {
        this.byRow = byRow;
        this.book = book;
        if (book != null) {
            book.prompts()
                    .forEach(prompt -> bookByText.putIfAbsent(prompt.text().strip(), prompt));
        }
    }

    /**
     * Chooses how answers are matched: by number where a file of prompts is there and each answer has one, or words that the file has under
     * one; else by words where some are common to all systems; else by number, which is noted.
     *
     * @throws InputException where neither can be
     */
    static AnswerKeys choose(List<SystemAnswers> systems, @Nullable PromptBook book, List<String> notes) {
        AnswerKeys byNumber = new AnswerKeys(true, book);
        if (book != null && all(systems, answer -> byNumber.row(answer) != null)) {
            return byNumber;
        }
        boolean numbered = all(systems, answer -> answer.row() != null);
        boolean worded = all(systems, answer -> answer.prompt() != null);
        if (worded && shareWords(systems)) {
            return new AnswerKeys(false, book);
        }
        if (!numbered) {
            throw new InputException(
                    worded
                            ? "The systems' answers have no prompt in common and no row numbers to match them by; give answers to"
                                    + " the same prompts, and prompts, the file of them, where their words differ by a template."
                            : "Some answers have neither the words of their prompt nor a row; give prompts, the file that was"
                                    + " answered, and answers with \"row\".");
        }
        if (!worded && book == null) {
            throw new InputException(
                    "Some answers have their prompt as token ids alone (prompt_ids), which no judge can read; give prompts, the file"
                            + " that was answered.");
        }
        notes.add(
                "The prompts' words differ from system to system (each has a template of its own), so prompts are matched by row;"
                        + " judges read the first system's. Give prompts, the file that was answered, to show them as asked.");
        return new AnswerKeys(true, book);
    }

    private interface Condition {
        boolean holds(GivenAnswer answer);
    }

    private static boolean all(List<SystemAnswers> systems, Condition condition) {
        return systems.stream().flatMap(system -> system.answers().stream()).allMatch(condition::holds);
    }

    private static boolean shareWords(List<SystemAnswers> systems) {
        Set<String> common = new HashSet<>(words(systems.get(0)));
        systems.forEach(system -> common.retainAll(words(system)));
        return !common.isEmpty();
    }

    private static Set<String> words(SystemAnswers system) {
        Set<String> words = new HashSet<>();
        system.answers().forEach(answer -> words.add(text(answer)));
        return words;
    }

    private static String text(GivenAnswer answer) {
        AskedPrompt prompt = answer.prompt();
        return prompt == null ? "" : prompt.text().strip();
    }

    /** Returns what is equal for answers to one prompt. */
    Object of(GivenAnswer answer) {
        return byRow ? Objects.requireNonNull(row(answer)) : text(answer);
    }

    /** Returns the number of an answer's prompt: its own, or that of its words in the file of prompts. */
    private @Nullable Integer row(GivenAnswer answer) {
        AskedPrompt asked = bookByText.get(text(answer));
        return answer.row() != null ? answer.row() : asked == null ? null : (Integer) asked.row();
    }

    /**
     * Returns whether the prompt of an answer is in the file of prompts; one that was rendered holds the words of its last message.
     */
    boolean inBook(GivenAnswer answer) {
        AskedPrompt own = answer.prompt();
        AskedPrompt written = written(answer);
        return written != null && (own == null || own.text().contains(written.lastWords()));
    }

    private @Nullable AskedPrompt written(GivenAnswer answer) {
        Integer row = row(answer);
        return book == null ? null : byRow && row != null ? book.find(row) : bookByText.get(text(answer));
    }

    /**
     * Returns the prompt that an answer is to.
     *
     * @throws InputException where the file of prompts lacks it
     */
    AskedPrompt prompt(GivenAnswer answer) {
        Integer row = answer.row();
        AskedPrompt own = answer.prompt();
        if (book == null) {
            return Objects.requireNonNull(own);
        }
        AskedPrompt written = written(answer);
        if (written != null) {
            return written;
        }
        if (own == null) {
            throw new InputException(format(
                    "prompts has no row %d in words, but an answer is to it; give the file that was answered.", row));
        }
        return own;
    }
}
