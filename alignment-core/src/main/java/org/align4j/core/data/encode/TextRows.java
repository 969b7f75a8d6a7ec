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
import org.align4j.core.data.row.RowNote;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.text.TextEncoder.PromptText;
import org.align4j.core.text.TrainedText;
import org.jspecify.annotations.Nullable;

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

    Tokens encode(Row row) {
        if (row instanceof Row.Pair pair) {
            return pair(pair);
        }
        if (row instanceof Row.Completion completion) {
            return completion(completion);
        }
        if (row instanceof Row.Steps steps) {
            return steps(steps);
        }
        if (row instanceof Row.Prompt prompt) {
            return prompt(prompt);
        }
        TrainedText text = row instanceof Row.Dialogue dialogue
                ? of(dialogue.conversation())
                        .encodeConversation(
                                dialogue.conversation().messages(),
                                dialogue.conversation().tools())
                : encoder.encodeText(((Row.PlainText) row).text());
        return new Tokens(
                learned(row.origin().row(), text.ids(), text.trained()),
                notes(row instanceof Row.PlainText, text.notes()));
    }

    private Tokens pair(Row.Pair pair) {
        if (pair instanceof Row.TextPair text) {
            return pair(
                    pair,
                    encoder.encode(text.prompt(), text.chosen()),
                    encoder.encode(text.prompt(), text.rejected()),
                    text.margin());
        }
        if (pair instanceof Row.MessagePair messages) {
            return pair(
                    pair,
                    encode(messages.prompt(), messages.chosen()),
                    encode(messages.prompt(), messages.rejected()),
                    messages.margin());
        }
        Row.TranscriptPair transcripts = (Row.TranscriptPair) pair;
        return pair(pair, encode(transcripts.chosen()), encode(transcripts.rejected()), transcripts.margin());
    }

    private PromptCompletion encode(Row.Conversation prompt, List<Message> answer) {
        return of(prompt).encode(prompt.messages(), answer, prompt.tools());
    }

    /** Returns the encoder of a conversation, which may set variables of the template itself. */
    private TextEncoder of(Row.Conversation conversation) {
        for (String name : encoder.overridden(conversation.arguments())) {
            overrides.add(new RowNote("the row's chat_template_kwargs sets " + name
                    + " otherwise than template-args does; the row's wins"));
        }
        return encoder.withArguments(conversation.arguments());
    }

    private PromptCompletion encode(Transcript transcript) {
        return encoder.hasTemplate()
                ? encoder.encode(transcript.promptMessages(), List.of(transcript.answerMessage()), null)
                : encoder.encode(transcript.prompt(), transcript.answer());
    }

    private Tokens pair(Row.Pair row, PromptCompletion chosen, PromptCompletion rejected, @Nullable Double margin) {
        if (!Arrays.equals(chosen.prompt(), rejected.prompt())) {
            throw new InputException("the chat template writes the prompt differently before chosen than before"
                    + " rejected, but a preference needs one prompt; take the row out.");
        }
        requirePrompt(chosen.prompt());
        PairTokens pair =
                new PairTokens(row.origin().row(), chosen.prompt(), chosen.completion(), rejected.completion(), margin);
        Set<String> notes = new LinkedHashSet<>(chosen.notes());
        notes.addAll(rejected.notes());
        return new Tokens(
                pair,
                Stream.concat(
                                apart(chosen.separately() || rejected.separately()).stream(),
                                notes(row instanceof Row.TextPair, notes).stream())
                        .toList());
    }

    private Tokens completion(Row.Completion row) {
        PromptCompletion tokens;
        if (row instanceof Row.TextCompletion text) {
            tokens = encoder.encode(text.prompt(), text.completion());
        } else if (row instanceof Row.TranscriptCompletion spoken) {
            tokens = encode(spoken.transcript());
        } else {
            Row.MessageCompletion messages = (Row.MessageCompletion) row;
            tokens = encode(messages.prompt(), messages.completion());
        }
        int number = row.origin().row();
        List<RowNote> notes = Stream.concat(
                        apart(tokens.separately()).stream(),
                        notes(row instanceof Row.TextCompletion, tokens.notes()).stream())
                .toList();
        if (form.learned()) {
            return new Tokens(learned(number, tokens.prompt(), tokens.completion()), notes);
        }
        requirePrompt(tokens.prompt());
        return new Tokens(new CompletionTokens(number, tokens.prompt(), tokens.completion(), row.label()), notes);
    }

    /** Prompt, steps and separators are tokenised apart, so that a step's last token is the separator's last one. */
    private Tokens steps(Row.Steps row) {
        PromptText prompt;
        List<String> texts;
        if (row instanceof Row.TextSteps plain) {
            prompt = encoder.prompt(plain.prompt());
            texts = plain.steps();
        } else {
            Row.MessageSteps messages = (Row.MessageSteps) row;
            prompt = of(messages.prompt())
                    .prompt(messages.prompt().messages(), messages.prompt().tools());
            texts = messages.steps();
        }
        requirePrompt(prompt.ids());
        int[][] steps = texts.stream()
                .map(step -> encoder.encodeStep(step, form.separator()))
                .toArray(int[][]::new);
        Set<String> told = new LinkedHashSet<>(prompt.notes());
        told.addAll(encoder.notes(texts, row instanceof Row.MessageSteps));
        boolean within = texts.stream().anyMatch(step -> step.contains(form.separator()));
        return new Tokens(
                StepTokens.of(row.origin().row(), prompt.ids(), steps, row.labels()),
                Stream.concat(
                                within ? Stream.of(SEPARATOR_WITHIN) : Stream.empty(),
                                notes(row instanceof Row.TextSteps, told).stream())
                        .toList());
    }

    private Tokens prompt(Row.Prompt row) {
        PromptText prompt;
        if (row instanceof Row.TextPrompt plain) {
            prompt = encoder.prompt(plain.prompt());
        } else if (row instanceof Row.TranscriptPrompt transcript && !encoder.hasTemplate()) {
            prompt = encoder.prompt(transcript.transcript().prompt());
        } else {
            Row.Conversation messages = row instanceof Row.TranscriptPrompt transcript
                    ? new Row.Conversation(transcript.transcript().promptMessages(), null)
                    : ((Row.MessagePrompt) row).prompt();
            prompt = of(messages).prompt(messages.messages(), messages.tools());
        }
        requirePrompt(prompt.ids());
        return new Tokens(
                new PromptTokens(row.origin().row(), prompt.ids(), prompt.text(), row.answer()),
                notes(row instanceof Row.TextPrompt, prompt.notes()));
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

    private static List<RowNote> apart(boolean separately) {
        return separately ? List.of(PROMPT_APART) : List.of();
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
