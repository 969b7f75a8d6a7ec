package org.align4j.core.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.align4j.core.error.InputException;
import org.align4j.core.template.Template.Rendered;
import org.align4j.core.template.Template.Span;
import org.align4j.core.template.TemplateException;
import org.align4j.core.text.ControlTokenSearch.Stretch;
import org.align4j.core.text.ConversationReader.Ready;
import org.align4j.core.text.TextEncoder.PromptText;
import org.jspecify.annotations.Nullable;

/** The messages' half of {@link TextEncoder}: renders, tokenises, and finds out which tokens the assistant wrote. */
final class ConversationEncoder {
    /** Stand for what was asked and said before a message whose surroundings are looked for. */
    private static final String ASKED = "zqxasked";

    private static final String SAID = "zqxsaid";

    private final Tokenizer tokenizer;
    private final @Nullable ChatTemplate template;
    private final TurnEnds turnEnds;
    private final @Nullable TemplateWriter writer;
    private final @Nullable ConversationReader reader;
    private final Consumer<String> limit;
    private @Nullable PromptTurns promptTurns;

    /** @param limit refuses what a template wrote for a prompt where it is certainly too long to be encoded */
    ConversationEncoder(
            Tokenizer tokenizer,
            @Nullable ChatTemplate template,
            ConversationStyle style,
            TurnEnds turnEnds,
            Consumer<String> limit) {
        this.tokenizer = tokenizer;
        this.limit = limit;
        this.template = template;
        this.turnEnds = turnEnds;
        if (template == null) {
            this.writer = null;
            this.reader = null;
        } else {
            TemplateWriter own = new TemplateWriter(template, style.arguments());
            this.writer = own;
            this.reader = new ConversationReader(tokenizer.controlTokens(), style, own::probe, template.name());
        }
    }

    PromptText prompt(List<Message> prompt, @Nullable List<?> tools) {
        Ready ready = read(prompt, tools);
        Written written = write(ready, true);
        limit.accept(written.text());
        int[] ids = tokenizer.encode(written);
        TextEncoder.refuseDoubleBos(tokenizer, ids);
        return new PromptText(written.text(), ids, notes(ready, written));
    }

    PromptCompletion encode(List<Message> prompt, List<Message> completion, @Nullable List<?> tools) {
        List<Message> all = new ArrayList<>(prompt);
        all.addAll(completion);
        Ready ready = read(all, tools);
        int turns = ready.messages().size() - completion.size();
        Written before = write(ready.first(turns), true);
        Written whole = write(ready, false);
        requirePrefix(before.text(), whole.text(), prompt.size());
        int[] promptIds = tokenizer.encode(before);
        int[] ids = tokenizer.encode(whole);
        TextEncoder.refuseDoubleBos(tokenizer, ids);
        Set<String> notes = notes(ready, whole);
        boolean together = TextEncoder.startsWith(ids, promptIds);
        int[] rest = together
                ? Arrays.copyOfRange(ids, promptIds.length, ids.length)
                : tokenizer.encode(whole.from(before.text().length()));
        turnEnds.require(rest);
        return new PromptCompletion(promptIds, rest, !together, notes);
    }

    /** The turns of a prompt; null where it isn't one that the template wrote. */
    @Nullable
    List<Message> turns(int[] prompt) {
        return writer == null ? null : promptTurns(writer).of(prompt);
    }

    private synchronized PromptTurns promptTurns(TemplateWriter known) {
        if (promptTurns == null) {
            promptTurns = new PromptTurns(
                    tokenizer,
                    messages -> known.template()
                            .run(messages, null, true, known.arguments())
                            .text());
        }
        return promptTurns;
    }

    TrainedText encodeConversation(List<Message> messages, @Nullable List<?> tools) {
        Ready ready = read(messages, tools);
        Written whole = write(ready, false);
        Encoded encoded = tokenizer.encodeWithOffsets(whole);
        TextEncoder.refuseDoubleBos(tokenizer, encoded.ids());
        boolean[] trained = new boolean[encoded.ids().length];
        List<Span> spans = trainedSpans(ready, whole);
        Set<String> notes = notes(ready, whole);
        for (Span span : spans) {
            int[] turn = mark(encoded, span, trained);
            turnEnds.require(turn);
        }
        TrainedText text = new TrainedText(encoded.ids(), trained, notes);
        if (text.trainedTokens() == 0) {
            throw new InputException("the conversation has no assistant turn of weight 1, so that nothing in it can be"
                    + " learned; take the row out.");
        }
        return text;
    }

    /** What the template writes after a drawn turn: a message of somebody else and the start of the assistant's next turn. */
    int[] afterTurn(Message reply, boolean ended) {
        List<Message> turns = List.of(Message.of("user", ASKED), Message.of("assistant", SAID), reply);
        Written whole = write(read(turns, null), true);
        String text = whole.text();
        int said = text.indexOf(SAID) + SAID.length();
        int from = ended ? endOfTurn(text, said) : said;
        String content = String.valueOf(reply.content()).strip();
        if (said < SAID.length() || text.indexOf(content, from) < 0) {
            throw new InputException(
                    "the chat template (" + Objects.requireNonNull(template).name()
                            + ") leaves out a message of role " + reply.role()
                            + "; give a --chat-template that writes what an environment answers.");
        }
        return tokenizer.encode(whole.from(from));
    }

    /** What the template writes after the last message of a prompt, a user's, up to where the assistant's words begin. */
    int[] afterUser() {
        Written whole = write(read(List.of(Message.of("user", ASKED)), null), true);
        return tokenizer.encode(whole.from(whole.text().indexOf(ASKED) + ASKED.length()));
    }

    /** The place behind the first token after the assistant's words that ends them. */
    private int endOfTurn(String text, int said) {
        int first = text.length();
        int behind = said;
        for (int id : tokenizer.special().stopIds()) {
            String end = tokenizer.decode(new int[] {id}, false);
            int at = text.indexOf(end, said);
            if (at >= 0 && at < first) {
                first = at;
                behind = at + end.length();
            }
        }
        return behind;
    }

    private Ready read(List<Message> messages, @Nullable List<?> tools) {
        if (reader == null) {
            throw new InputException("the model has no chat template, so that messages can't be written as text; give"
                    + " one with --chat-template FILE, or rows of plain text.");
        }
        return reader.read(messages, tools);
    }

    private Written write(Ready ready, boolean addGenerationPrompt) {
        return Objects.requireNonNull(writer).write(ready, addGenerationPrompt);
    }

    /** What is to be reported of a conversation, once all that it says has been found in what was written. */
    private Set<String> notes(Ready ready, Written whole) {
        Set<String> notes = new LinkedHashSet<>(ready.notes());
        String name = Objects.requireNonNull(template).name();
        notes.addAll(new Completeness(ready, name).require(whole.text()));
        return notes;
    }

    Set<String> warnings() {
        return turnEnds.warnings();
    }

    private List<Span> trainedSpans(Ready ready, Written whole) {
        if (template == null || !template.marksAssistant()) {
            return spansByPrefix(ready, whole.text());
        }
        List<Span> marked = whole.generated();
        List<Message> turns =
                ready.messages().stream().filter(Message::assistant).toList();
        if (turns.stream().allMatch(Message::weighs)) {
            return marked;
        }
        if (marked.size() != turns.size()) {
            throw new InputException("the chat template marks " + marked.size() + " stretches of generated text for "
                    + turns.size() + " assistant turns, so that their weights can't be told apart; take the weights"
                    + " out or give another --chat-template.");
        }
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < marked.size(); i++) {
            if (turns.get(i).weighs()) {
                spans.add(marked.get(i));
            }
        }
        return spans;
    }

    /** An assistant turn is what the conversation up to it adds to the conversation before it. */
    private List<Span> spansByPrefix(Ready ready, String whole) {
        List<Message> messages = ready.messages();
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (!messages.get(i).assistant() || !messages.get(i).weighs()) {
                continue;
            }
            String before = write(ready.first(i), true).text();
            requirePrefix(before, whole, i);
            String until = whole;
            if (i + 1 < messages.size()) {
                until = write(ready.first(i + 1), false).text();
                requirePrefix(until, whole, i + 1);
            }
            spans.add(new Span(codePoints(before), codePoints(until)));
        }
        return spans;
    }

    /** Flags the tokens that a span touches; returns their ids. */
    private static int[] mark(Encoded encoded, Span span, boolean[] trained) {
        int[] ids = new int[trained.length];
        int count = 0;
        for (int t = 0; t < trained.length; t++) {
            int start = encoded.starts()[t];
            int end = Math.max(encoded.ends()[t], start + 1);
            if (start < span.end() && end > span.start()) {
                trained[t] = true;
                ids[count++] = encoded.ids()[t];
            }
        }
        return Arrays.copyOf(ids, count);
    }

    private static void requirePrefix(String before, String whole, int turns) {
        if (whole.startsWith(before)) {
            return;
        }
        int at = 0;
        while (at < whole.length() && whole.charAt(at) == before.charAt(at)) {
            at++;
        }
        throw new InputException("the chat template does not keep what it wrote: the first " + turns
                + " messages alone give " + around(before, at) + " at character " + before.codePointCount(0, at)
                + " where the whole conversation has " + around(whole, at)
                + ", so that the assistant's words can't be found; give a --chat-template with"
                + " {% generation %} marks, or one that only ever appends.");
    }

    private static String around(String text, int at) {
        int from = Math.max(0, at - 20);
        int to = Math.min(text.length(), at + 20);
        return '"' + text.substring(from, to).replace("\n", "\\n") + '"';
    }

    private static int codePoints(String text) {
        return text.codePointCount(0, text.length());
    }

    /**
     * Writes conversations by a template. Where control tokens of the contents are ordinary text, it writes a second time with
     * masks in their place: so it is known which of them are the template's own.
     */
    record TemplateWriter(ChatTemplate template, Map<String, ? extends @Nullable Object> arguments) {
        /** @throws InputException where the template refuses the conversation or fails */
        Written write(Ready ready, boolean addGenerationPrompt) {
            Rendered plain = render(ready, addGenerationPrompt);
            if (ready.masks().isEmpty()) {
                return new Written(plain.text(), plain.generationSpans(), List.of());
            }
            String text = render(ready.masked(), addGenerationPrompt).text();
            StringBuilder whole = new StringBuilder();
            List<Stretch> literal = new ArrayList<>();
            int at = 0;
            for (Stretch mask : masks(ready).all(text)) {
                whole.append(text, at, mask.start());
                int start = whole.length();
                whole.append(ready.masks().get(text.substring(mask.start(), mask.end())));
                literal.add(new Stretch(start, whole.length()));
                at = mask.end();
            }
            whole.append(text, at, text.length());
            if (!whole.toString().equals(plain.text())) {
                throw new InputException("the chat template acts on "
                        + String.join(", ", ready.masks().values())
                        + " in a message itself, so that it can't be made ordinary text; take it out of the row.");
            }
            return new Written(plain.text(), plain.generationSpans(), literal);
        }

        private static ControlTokenSearch masks(Ready ready) {
            return new ControlTokenSearch(ready.masks().keySet().stream()
                    .map(mask -> new ControlTokenSearch.Token(mask, false))
                    .toList());
        }

        private Rendered render(Ready ready, boolean addGenerationPrompt) {
            return template.render(ready.messages(), ready.added(), ready.tools(), addGenerationPrompt, arguments);
        }

        /** Writes turns alone, for probes, and lets the template's own failure through. */
        String probe(List<Message> messages) throws TemplateException {
            return template.run(messages, null, false, arguments).text();
        }
    }
}
