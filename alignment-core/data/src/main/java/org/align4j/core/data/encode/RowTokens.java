package org.align4j.core.data.encode;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.error.InputException;
import org.align4j.core.text.PlainRows;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.text.TextEncoder.PromptText;
import org.align4j.core.text.TrainedText;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows into their tokens and holds them to max-length. Token rows pass as they are; the tokenizer is asked for only when a row of
 * text comes. Text and messages go through the model's tokenizer and template; transcripts become messages where the model has a
 * template and stay text where it has none. May be used from several threads.
 */
final class RowTokens implements Row.Reader<Outcome> {
    /** The text that ends each step of a stepwise answer unless another separator is given. */
    static final String LINE_BREAK = "\n";

    static final String PROMPT_APART =
            "the prompt is no token prefix of prompt and answer; the two were tokenised apart";

    static final String SEPARATOR_WITHIN =
            "a step itself contains the step-separator; it is trained on as one step, but an answer that is scored as"
                    + " text is cut there. Choose another step-separator, or take it out of the steps";

    static final String WITHOUT_TEMPLATE = "the text is plain, so that its tokens are its own alone, though"
            + " the model has a chat template; for the template's turns give messages, such as {\"prompt\": [{\"role\":"
            + " \"user\", \"content\": …}]}";

    /** What {@link #WITHOUT_TEMPLATE} says of a prompt and its response, which {@code --wrap chat} puts into turns. */
    static final String UNWRAPPED = WITHOUT_TEMPLATE + ", or --wrap chat";

    /** The most characters of other fields with which a prompt keeps them in memory for rewards. */
    private static final int MOST_FIELDS = 1 << 18;

    private final Once text;
    private final int vocabularySize;
    private final RowRules rules;
    private final boolean learned;
    private final String separator;
    private final boolean fields;

    /**
     * @param learned whether answers become texts to learn from
     * @param separator what ends each step of an answer in steps
     * @param fields whether prompts keep the other fields of their rows
     */
    RowTokens(Once text, int vocabularySize, RowRules rules, boolean learned, String separator, boolean fields) {
        this.text = text;
        this.vocabularySize = vocabularySize;
        this.rules = rules;
        this.learned = learned;
        this.separator = separator;
        this.fields = fields;
    }

    /** Opens a tokenizer when somebody asks for it, from whatever thread comes first, and once for all. */
    static final class Once {
        private final Supplier<TextEncoder> source;
        private @Nullable TextEncoder value;

        Once(Supplier<TextEncoder> source) {
            this.source = source;
        }

        synchronized TextEncoder get() {
            if (value == null) {
                value = source.get();
            }
            return value;
        }
    }

    /** Returns what becomes of a row. */
    Outcome outcome(Row row) {
        return row.read(this);
    }

    @Override
    public Outcome pair(Row row) {
        if (row.sidesEqual()) {
            return new Outcome.Dropped(row.origin(), DropReason.SIDES_EQUAL);
        }
        return row.kind() == Row.Kind.APART
                ? new Outcome.Dropped(row.origin(), DropReason.PROMPTS_DIFFER)
                : encoded(row, OneRow::pair);
    }

    @Override
    public Outcome answer(Row row) {
        return encoded(row, OneRow::answer);
    }

    @Override
    public Outcome steps(Row row) {
        return encoded(row, OneRow::steps);
    }

    @Override
    public Outcome prompt(Row row) {
        return encoded(row, OneRow::prompt);
    }

    @Override
    public Outcome text(Row row) {
        return encoded(row, OneRow::text);
    }

    private Outcome encoded(Row row, Function<OneRow, Outcome> form) {
        Origin origin = row.origin();
        TextEncoder encoder = null;
        if (!(row.prompt() instanceof Row.Tokens)) {
            try {
                encoder = text.get();
            } catch (InputException e) {
                String need = "this row is text, which needs a tokenizer and, where it holds messages, a template: ";
                return new Outcome.Fatal(origin, origin.within(need, e));
            }
        }
        try {
            return form.apply(new OneRow(encoder, encoder == null ? row : seen(row, encoder)));
        } catch (InputException e) {
            return new Outcome.Bad(origin, origin.within("", e), Outcome.Stage.ENCODING);
        }
    }

    /** Returns a row as the model sees it: with a template, transcripts are messages, and plain strings where that was asked for. */
    private static Row seen(Row row, TextEncoder encoder) {
        Row seen = encoder.hasTemplate() ? row.spoken() : row;
        return encoder.plainRows() == PlainRows.CHAT ? seen.wrapped() : seen;
    }

    private static TextTokens learned(int row, int[] ids, boolean[] trained) {
        if (!TextTokens.learnable(trained)) {
            throw new InputException(
                    "this row has a single token, but the first token of a text cannot be learned, there"
                            + " is nothing before it; take the row out.");
        }
        return new TextTokens(row, ids, trained);
    }

    /** Encodes one row; the encoder is null where the row is token ids already. */
    private final class OneRow {
        private final @Nullable TextEncoder encoder;
        private final Row row;
        private final Set<String> notes;
        private final Set<String> overrides = new LinkedHashSet<>();

        OneRow(@Nullable TextEncoder encoder, Row row) {
            this.encoder = encoder;
            this.row = row;
            this.notes = new LinkedHashSet<>(row.notes());
        }

        Outcome pair() {
            PromptCompletion chosen = encode(row.chosen());
            PromptCompletion rejected = encode(row.rejected());
            if (!Arrays.equals(chosen.prompt(), rejected.prompt())) {
                throw new InputException("the chat template writes the prompt differently before chosen than before"
                        + " rejected, but a preference needs one prompt; take the row out.");
            }
            requirePrompt(chosen.prompt());
            note(chosen.separately() || rejected.separately(), PROMPT_APART);
            Set<String> told = new LinkedHashSet<>(chosen.notes());
            told.addAll(rejected.notes());
            note(row.prompt() instanceof Text, told);
            requireKnown(chosen.prompt(), chosen.completion(), rejected.completion());
            if (Arrays.equals(chosen.completion(), rejected.completion())) {
                return new Outcome.Dropped(row.origin(), DropReason.SIDES_EQUAL);
            }
            return fit(
                    new PairTokens(
                            row.origin().row(),
                            chosen.prompt(),
                            chosen.completion(),
                            rejected.completion(),
                            row.grades().margin(),
                            row.kind() == Row.Kind.TIE),
                    chosen.prompt());
        }

        Outcome answer() {
            PromptCompletion tokens = encode(row.chosen());
            int number = row.origin().row();
            note(tokens.separately(), PROMPT_APART);
            note(row.prompt() instanceof Text, tokens.notes());
            TokenRow made;
            if (learned) {
                made = answerAlone(number, tokens.prompt(), tokens.completion());
            } else {
                requirePrompt(tokens.prompt());
                made = new CompletionTokens(number, tokens.prompt(), tokens.completion(), row.label());
            }
            requireKnown(tokens.prompt(), tokens.completion());
            return fit(made, made.prompt());
        }

        /** An answer to learn: the prompt's tokens do not count, the answer's do. */
        private TextTokens answerAlone(int number, int[] prompt, int[] answer) {
            int[] ids = Arrays.copyOf(prompt, prompt.length + answer.length);
            System.arraycopy(answer, 0, ids, prompt.length, answer.length);
            boolean[] trained = new boolean[ids.length];
            Arrays.fill(trained, prompt.length, ids.length, true);
            return learned(number, ids, trained);
        }

        /** Prompt, steps and separators are tokenised apart, so that a step's last token is the separator's last one. */
        Outcome steps() {
            PromptText prompt = encodePrompt();
            requirePrompt(prompt.ids());
            int[][] steps;
            if (encoder == null) {
                steps = row.answers().stream().map(OneRow::ids).toArray(int[][]::new);
            } else {
                TextEncoder speaking = encoder;
                List<String> texts = row.answers().stream().map(OneRow::written).toList();
                steps = texts.stream()
                        .map(step -> speaking.encodeStep(step, separator))
                        .toArray(int[][]::new);
                Set<String> told = new LinkedHashSet<>(prompt.notes());
                told.addAll(speaking.notes(texts, row.prompt() instanceof Conversation));
                note(texts.stream().anyMatch(step -> step.contains(separator)), SEPARATOR_WITHIN);
                note(row.prompt() instanceof Text, told);
            }
            StepTokens made = StepTokens.of(row.origin().row(), prompt.ids(), steps, row.stepLabels());
            requireKnown(made.prompt(), made.completion());
            return fit(made, made.prompt());
        }

        Outcome prompt() {
            PromptText prompt = encodePrompt();
            requirePrompt(prompt.ids());
            note(row.prompt() instanceof Text, prompt.notes());
            requireKnown(prompt.ids());
            String said = encoder == null ? null : prompt.text();
            Map<String, Object> kept = fields ? row.fields() : Map.of();
            if (characters(kept) > MOST_FIELDS) {
                notes.add("the fields beside the prompt have more than " + MOST_FIELDS
                        + " characters, so that rewards don't see them");
                kept = Map.of();
            }
            return fit(
                    new PromptTokens(
                            row.origin().row(), prompt.ids(), said, row.grades().rightAnswer(), kept),
                    prompt.ids());
        }

        /** Counts the characters of the texts in a value of JSON, and one for any other value. */
        private static long characters(@Nullable Object value) {
            if (value instanceof Map<?, ?> map) {
                return map.entrySet().stream()
                        .mapToLong(entry -> characters(entry.getKey()) + characters(entry.getValue()))
                        .sum();
            }
            return value instanceof List<?> list
                    ? list.stream().mapToLong(OneRow::characters).sum()
                    : value instanceof String text ? text.length() : 1;
        }

        Outcome text() {
            TextEncoder speaking = speaking();
            TrainedText text = row.chosen() instanceof Conversation dialogue
                    ? of(dialogue).encodeConversation(dialogue.messages(), dialogue.tools())
                    : speaking.encodeText(written(row.chosen()));
            note(row.chosen() instanceof Text, text.notes());
            TextTokens made = learned(row.origin().row(), text.ids(), text.trained());
            requireKnown(text.ids());
            return fit(made, made.prompt());
        }

        /** Returns plain text; a transcript is plain where the model has no template. */
        private static String written(Content content) {
            return content instanceof Transcript transcript ? transcript.text() : ((Text) content).text();
        }

        private static int[] ids(Content content) {
            return ((Row.Tokens) content).ids();
        }

        private PromptCompletion encode(Content answer) {
            if (encoder == null) {
                return new PromptCompletion(ids(row.prompt()), ids(answer), false, Set.of());
            }
            return row.prompt() instanceof Conversation asked
                    ? of(asked).encode(asked.messages(), answer.spokenBy("assistant"), asked.tools())
                    : encoder.encode(written(row.prompt()), written(answer));
        }

        private PromptText encodePrompt() {
            if (encoder == null) {
                return new PromptText("", ids(row.prompt()), Set.of());
            }
            return row.prompt() instanceof Conversation asked
                    ? of(asked).prompt(asked.messages(), asked.tools())
                    : encoder.prompt(written(row.prompt()));
        }

        /** Returns the encoder of a conversation, which may set variables of the template itself. */
        private TextEncoder of(Conversation conversation) {
            for (String name : speaking().overridden(conversation.arguments())) {
                overrides.add("the row's chat_template_kwargs sets " + name
                        + " otherwise than template-args does; the row's wins");
            }
            return speaking().withArguments(conversation.arguments());
        }

        private TextEncoder speaking() {
            return Objects.requireNonNull(encoder);
        }

        private void note(boolean holds, String note) {
            if (holds) {
                notes.add(note);
            }
        }

        /**
         * Takes the notes of the encoder. Plain text with control tokens has gone through a template already, as the prompts of align
         * generate have.
         */
        private void note(boolean plain, Collection<String> told) {
            note(
                    plain && told.isEmpty() && encoder != null && encoder.hasTemplate(),
                    row.kind() == Row.Kind.TEXT ? WITHOUT_TEMPLATE : UNWRAPPED);
            notes.addAll(overrides);
            told.stream().sorted().forEach(notes::add);
        }

        private static void requirePrompt(int[] prompt) {
            if (prompt.length == 0) {
                throw new InputException(
                        "the prompt is empty and the tokenizer puts no token before it, but an answer's first"
                                + " token needs one before it; give a prompt.");
            }
        }

        private void requireKnown(int[]... parts) {
            for (int id : Stream.of(parts).flatMapToInt(Arrays::stream).toArray()) {
                if (id >= vocabularySize) {
                    throw row.origin()
                            .error("token id " + id + " is outside the model's vocabulary of " + vocabularySize
                                    + "; the rows, or the tokenizer, belong to another model.");
                }
            }
        }

        /**
         * Holds the row to max-length. Both answers of a pair keep the same prompt: keep-end cuts as many of its first tokens as the longer
         * side needs.
         *
         * @param prompt its tokens before those that are learned
         */
        private Outcome fit(TokenRow made, int[] prompt) {
            Origin origin = row.origin();
            int most = rules.maxLength();
            if (prompt.length >= most) {
                return new Outcome.Dropped(origin, DropReason.PROMPT_TOO_LONG);
            }
            long key = TokenHash.of(prompt.length == 0 && made instanceof TextTokens whole ? whole.ids() : prompt);
            int longest = made.longest();
            if (longest <= most) {
                return new Outcome.Used(origin, made, key, List.copyOf(notes), false);
            }
            TooLong rule = rules.tooLongRule();
            if (rule == TooLong.DROP) {
                return new Outcome.Dropped(origin, DropReason.TOO_LONG);
            }
            if (rule == TooLong.ERROR) {
                return new Outcome.Fatal(
                        origin,
                        origin.error("this row has " + longest + " tokens but max-length is " + most
                                + "; raise max-length, or choose too-long drop, keep-start or keep-end."));
            }
            TokenRow cut = rule == TooLong.KEEP_START ? made.keepStart(most) : made.keepEnd(most);
            if (cut instanceof PairTokens pair && pair.sidesEqual()) {
                return new Outcome.Dropped(origin, DropReason.SIDES_EQUAL);
            }
            return cut == null
                    ? new Outcome.Dropped(origin, DropReason.NOTHING_LEFT)
                    : new Outcome.Used(origin, cut, key, List.copyOf(notes), true);
        }
    }
}
