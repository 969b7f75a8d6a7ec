package org.align4j.core.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.template.Rendered;
import org.align4j.core.template.Span;
import org.jspecify.annotations.Nullable;

/** The messages' half of {@link TextEncoder}: renders, tokenises, and finds out which tokens the assistant wrote. */
final class ConversationEncoder {
    private final Tokenizer tokenizer;
    private final @Nullable ChatTemplate template;
    private final @Nullable String system;
    private final Map<String, @Nullable Object> arguments;
    private final TurnEnds turnEnds;

    ConversationEncoder(
            Tokenizer tokenizer,
            @Nullable ChatTemplate template,
            @Nullable String system,
            Map<String, ? extends @Nullable Object> arguments) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.system = system;
        this.arguments = new LinkedHashMap<>(arguments);
        this.turnEnds = new TurnEnds(tokenizer);
    }

    int[] encodePrompt(List<Message> prompt, @Nullable List<?> tools) {
        int[] ids = tokenizer.encode(render(prompt, tools, true).text(), false);
        TextEncoder.refuseDoubleBos(tokenizer, ids);
        return ids;
    }

    PromptCompletion encode(List<Message> prompt, List<Message> completion, @Nullable List<?> tools) {
        String before = render(prompt, tools, true).text();
        List<Message> all = new ArrayList<>(prompt);
        all.addAll(completion);
        String whole = render(all, tools, false).text();
        requirePrefix(before, whole, prompt.size());
        int[] promptIds = tokenizer.encode(before, false);
        int[] ids = tokenizer.encode(whole, false);
        TextEncoder.refuseDoubleBos(tokenizer, ids);
        boolean together = TextEncoder.startsWith(ids, promptIds);
        int[] rest = together
                ? Arrays.copyOfRange(ids, promptIds.length, ids.length)
                : tokenizer.encode(whole.substring(before.length()), false);
        turnEnds.require(rest);
        return new PromptCompletion(promptIds, rest, !together);
    }

    TrainedText encodeConversation(List<Message> messages, @Nullable List<?> tools) {
        Rendered whole = render(messages, tools, false);
        Encoded encoded = tokenizer.encodeWithOffsets(whole.text(), false);
        TextEncoder.refuseDoubleBos(tokenizer, encoded.ids());
        boolean[] trained = new boolean[encoded.ids().length];
        for (Span span : trainedSpans(messages, tools, whole)) {
            int[] turn = mark(encoded, span, trained);
            turnEnds.require(turn);
        }
        TrainedText text = new TrainedText(encoded.ids(), trained);
        if (text.trainedTokens() == 0) {
            throw new InputException("the conversation has no assistant turn of weight 1, so that nothing in it can be"
                    + " learned; take the row out.");
        }
        return text;
    }

    Rendered render(List<Message> messages, @Nullable List<?> tools, boolean addGenerationPrompt) {
        if (template == null) {
            throw new InputException("the model has no chat template, so that messages can't be written as text; give"
                    + " one with --chat-template FILE, or rows of plain text.");
        }
        return template.render(withSystem(messages), tools, addGenerationPrompt, arguments);
    }

    Set<String> warnings() {
        return turnEnds.warnings();
    }

    private List<Message> withSystem(List<Message> messages) {
        if (system == null || (!messages.isEmpty() && speaksForSystem(messages.get(0)))) {
            return messages;
        }
        List<Message> all = new ArrayList<>();
        all.add(Message.of("system", system));
        all.addAll(messages);
        return all;
    }

    private static boolean speaksForSystem(Message message) {
        return message.role().equals("system") || message.role().equals("developer");
    }

    private List<Span> trainedSpans(List<Message> messages, @Nullable List<?> tools, Rendered whole) {
        if (template == null || !template.marksAssistant()) {
            return spansByPrefix(messages, tools, whole.text());
        }
        List<Span> marked = whole.generationSpans();
        List<Message> turns = messages.stream().filter(Message::assistant).toList();
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
    private List<Span> spansByPrefix(List<Message> messages, @Nullable List<?> tools, String whole) {
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (!messages.get(i).assistant() || !messages.get(i).weighs()) {
                continue;
            }
            String before = render(messages.subList(0, i), tools, true).text();
            requirePrefix(before, whole, i);
            String until = whole;
            if (i + 1 < messages.size()) {
                until = render(messages.subList(0, i + 1), tools, false).text();
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
                + ", so that it can't be told what the assistant wrote; give a --chat-template with"
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
}
