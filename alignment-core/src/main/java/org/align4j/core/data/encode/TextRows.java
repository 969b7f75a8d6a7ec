package org.align4j.core.data.encode;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.encode.RowTokens.Tokens;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
import org.align4j.core.data.row.RowNote;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.error.InputException;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.text.TextEncoder.PromptText;
import org.align4j.core.text.TrainedText;

/**
 * Turns rows of text and messages into tokens, through the model's tokenizer and template. Transcripts become messages where
 * the model has a template and stay text where it has none.
 */
final class TextRows {
    /** What usually ends a step. */
    static final String LINE_BREAK = "\n";

    static final RowNote PROMPT_APART =
            new RowNote("the prompt is no token prefix of prompt and answer; the two were tokenised apart");

    static final RowNote SEPARATOR_WITHIN = new RowNote(
            "a step itself contains the step-separator; it is trained on as one step, but an answer that is scored as"
                    + " text is cut there. Choose another step-separator, or take it out of the steps");

    static final RowNote WITHOUT_TEMPLATE =
            new RowNote("the text is plain, so that its tokens are its own alone, though"
                    + " the model has a chat template; for the template's turns give messages, such as {\"prompt\": [{\"role\":"
                    + " \"user\", \"content\": …}]}");

    private final TextEncoder encoder;
    private final Form form;
    private final Set<RowNote> overrides = new LinkedHashSet<>();

    TextRows(TextEncoder encoder, Form form) {
        this.encoder = encoder;
        this.form = form;
    }

    /**
     * What rows become.
     *
     * @param learned answers become texts to learn from
     * @param separator what ends each step of an answer in steps
     */
    record Form(boolean learned, String separator) {}

    Tokens encode(Row given) {
        Row row = encoder.hasTemplate() ? given.spoken() : given;
        return switch (row.kind()) {
            case PAIR, TIE, APART -> pair(row);
            case ANSWER -> completion(row);
            case STEPS -> steps(row);
            case PROMPT -> prompt(row);
            case TEXT -> text(row);
        };
    }

    private Tokens text(Row row) {
        TrainedText text = row.chosen() instanceof Conversation dialogue
                ? of(dialogue).encodeConversation(dialogue.messages(), dialogue.tools())
                : encoder.encodeText(written(row.chosen()));
        return new Tokens(
                learned(row.origin().row(), text.ids(), text.trained()),
                notes(row.chosen() instanceof Text, text.notes()));
    }

    /** Returns plain text; a transcript is plain where the model has no template. */
    private static String written(Content content) {
        return content instanceof Transcript transcript ? transcript.text() : ((Text) content).text();
    }

    private PromptCompletion encode(Content prompt, Content answer) {
        return prompt instanceof Conversation asked
                ? of(asked).encode(asked.messages(), answer.spokenBy("assistant"), asked.tools())
                : encoder.encode(written(prompt), written(answer));
    }

    private PromptText encode(Content prompt) {
        return prompt instanceof Conversation asked
                ? of(asked).prompt(asked.messages(), asked.tools())
                : encoder.prompt(written(prompt));
    }

    /** Returns the encoder of a conversation, which may set variables of the template itself. */
    private TextEncoder of(Conversation conversation) {
        for (String name : encoder.overridden(conversation.arguments())) {
            overrides.add(new RowNote("the row's chat_template_kwargs sets " + name
                    + " otherwise than template-args does; the row's wins"));
        }
        return encoder.withArguments(conversation.arguments());
    }

    private Tokens pair(Row row) {
        PromptCompletion chosen = encode(row.prompt(), row.chosen());
        PromptCompletion rejected = encode(row.prompt(), row.rejected());
        if (!Arrays.equals(chosen.prompt(), rejected.prompt())) {
            throw new InputException("the chat template writes the prompt differently before chosen than before"
                    + " rejected, but a preference needs one prompt; take the row out.");
        }
        requirePrompt(chosen.prompt());
        Set<String> told = new LinkedHashSet<>(chosen.notes());
        told.addAll(rejected.notes());
        return new Tokens(
                new PairTokens(
                        row.origin().row(), chosen.prompt(), chosen.completion(), rejected.completion(), row.margin()),
                notes(chosen.separately() || rejected.separately(), PROMPT_APART, notes(isText(row), told)));
    }

    private Tokens completion(Row row) {
        PromptCompletion tokens = encode(row.prompt(), row.chosen());
        int number = row.origin().row();
        List<RowNote> notes = notes(tokens.separately(), PROMPT_APART, notes(isText(row), tokens.notes()));
        if (form.learned()) {
            return new Tokens(learned(number, tokens.prompt(), tokens.completion()), notes);
        }
        requirePrompt(tokens.prompt());
        return new Tokens(new CompletionTokens(number, tokens.prompt(), tokens.completion(), row.label()), notes);
    }

    /** Prompt, steps and separators are tokenised apart, so that a step's last token is the separator's last one. */
    private Tokens steps(Row row) {
        PromptText prompt = encode(row.prompt());
        List<String> texts = row.answers().stream().map(TextRows::written).toList();
        requirePrompt(prompt.ids());
        int[][] steps = texts.stream()
                .map(step -> encoder.encodeStep(step, form.separator()))
                .toArray(int[][]::new);
        Set<String> told = new LinkedHashSet<>(prompt.notes());
        told.addAll(encoder.notes(texts, row.prompt() instanceof Conversation));
        boolean within = texts.stream().anyMatch(step -> step.contains(form.separator()));
        return new Tokens(
                StepTokens.of(row.origin().row(), prompt.ids(), steps, row.stepLabels()),
                notes(within, SEPARATOR_WITHIN, notes(isText(row), told)));
    }

    private Tokens prompt(Row row) {
        PromptText prompt = encode(row.prompt());
        requirePrompt(prompt.ids());
        return new Tokens(
                new PromptTokens(row.origin().row(), prompt.ids(), prompt.text(), row.rightAnswer()),
                notes(isText(row), prompt.notes()));
    }

    private static boolean isText(Row row) {
        return row.prompt() instanceof Text;
    }

    /**
     * Collects the notes of a row. Plain text with control tokens has gone through a template already, as the prompts of
     * align generate have.
     *
     * @param plain whether it is plain text
     * @param told what the encoder tells of it
     */
    private List<RowNote> notes(boolean plain, Set<String> told) {
        Stream<RowNote> first =
                plain && told.isEmpty() && encoder.hasTemplate() ? Stream.of(WITHOUT_TEMPLATE) : Stream.empty();
        return Stream.of(first, overrides.stream(), told.stream().sorted().map(RowNote::new))
                .flatMap(notes -> notes)
                .toList();
    }

    private static List<RowNote> notes(boolean first, RowNote note, List<RowNote> notes) {
        return first ? Stream.concat(Stream.of(note), notes.stream()).toList() : notes;
    }

    private static void requirePrompt(int[] prompt) {
        if (prompt.length == 0) {
            throw new InputException(
                    "the prompt is empty and the tokenizer puts no token before it, but an answer's first"
                            + " token needs one before it; give a prompt.");
        }
    }

    /** An answer to learn: the prompt's tokens do not count, the answer's do. */
    static TextTokens learned(int row, int[] prompt, int[] answer) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, ids, prompt.length, answer.length);
        boolean[] trained = new boolean[ids.length];
        Arrays.fill(trained, prompt.length, ids.length, true);
        return learned(row, ids, trained);
    }

    private static TextTokens learned(int row, int[] ids, boolean[] trained) {
        if (!TextTokens.learnable(trained)) {
            throw new InputException(
                    "this row has a single token, but the first token of a text cannot be learned, there"
                            + " is nothing before it; take the row out.");
        }
        return new TextTokens(row, ids, trained);
    }
}
