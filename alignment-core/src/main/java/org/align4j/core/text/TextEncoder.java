package org.align4j.core.text;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows of text into the tokens a model is trained on.
 *
 * <p>Plain text: prompt and completion are tokenised together and split at the prompt's length; the tokenizer's own
 * leading tokens stay; the completion ends with EOS. Messages: the chat template, its generation prompt on the prompt's
 * side; nothing else is added. May be used from several threads.
 */
public final class TextEncoder {
    /** The number of sets of a conversation's own variables that are kept. */
    private static final int VARIANTS = 64;

    private final Tokenizer tokenizer;
    private final @Nullable ChatTemplate template;
    private final ConversationStyle style;
    private final TurnEnds turnEnds;
    private final ConversationEncoder conversations;
    private final Map<Map<String, ? extends @Nullable Object>, TextEncoder> variants = new ConcurrentHashMap<>();

    /**
     * Refuses control tokens in messages.
     *
     * @param tokenizer the model's
     * @param template the model's, or null where it has none: then messages are refused
     * @param system a system message for conversations that have none; null for none
     * @param templateArguments further variables of the template
     */
    public TextEncoder(
            Tokenizer tokenizer,
            @Nullable ChatTemplate template,
            @Nullable String system,
            Map<String, ? extends @Nullable Object> templateArguments) {
        this(
                tokenizer,
                template,
                new ConversationStyle(system, templateArguments, ControlTokens.REFUSE),
                new TurnEnds(tokenizer));
    }

    private TextEncoder(
            Tokenizer tokenizer, @Nullable ChatTemplate template, ConversationStyle style, TurnEnds turnEnds) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.style = style;
        this.turnEnds = turnEnds;
        this.conversations = new ConversationEncoder(tokenizer, template, style, turnEnds);
    }

    /** Returns this encoder with another rule for control tokens that are written in messages. */
    public TextEncoder withControlTokens(ControlTokens rule) {
        ConversationStyle other = new ConversationStyle(style.system(), style.arguments(), rule, style.examples());
        return new TextEncoder(tokenizer, template, other, turnEnds);
    }

    /**
     * Returns this encoder with turns that stand before those of each conversation that is answered, behind its system message. What is
     * trained on, and prompts in plain text, stay without them.
     */
    public TextEncoder withExamples(List<Message> turns) {
        ConversationStyle other =
                new ConversationStyle(style.system(), style.arguments(), style.controlTokens(), turns);
        return new TextEncoder(tokenizer, template, other, turnEnds);
    }

    /**
     * Returns this encoder with variables of the template for one conversation, which win over those of all. They are
     * few in a file, so that the encoder of each is kept.
     */
    public TextEncoder withArguments(Map<String, ? extends @Nullable Object> own) {
        if (own.isEmpty()) {
            return this;
        }
        TextEncoder known = variants.get(own);
        if (known != null) {
            return known;
        }
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>(style.arguments());
        arguments.putAll(own);
        TextEncoder variant = new TextEncoder(
                tokenizer,
                template,
                new ConversationStyle(style.system(), arguments, style.controlTokens(), style.examples()),
                turnEnds);
        if (variants.size() < VARIANTS) {
            variants.put(own, variant);
        }
        return variant;
    }

    /** Lists the variables of the template that are set for all conversations, and otherwise in {@code own}. */
    public List<String> overridden(Map<String, ? extends @Nullable Object> own) {
        return own.keySet().stream()
                .filter(name -> style.arguments().containsKey(name)
                        && !Objects.equals(style.arguments().get(name), own.get(name)))
                .toList();
    }

    /**
     * Opens the tokenizer and template of a model folder.
     *
     * @param chatTemplate a file to use in place of the model's own template; null for the model's own
     * @param system a system message for conversations that have none; null for none
     * @param templateArguments further variables of the template
     */
    public static TextEncoder load(
            Path modelFolder,
            @Nullable Path chatTemplate,
            @Nullable String system,
            Map<String, ? extends @Nullable Object> templateArguments) {
        Tokenizer tokenizer = Tokenizer.load(modelFolder);
        ChatTemplate template = ChatTemplate.load(modelFolder, chatTemplate, tokenizer.special())
                .orElse(null);
        return new TextEncoder(tokenizer, template, system, templateArguments);
    }

    /**
     * Encodes a prompt and its completion in plain text.
     *
     * @throws InputException where there is no EOS to end the completion with, or the text doubles the BOS
     */
    public PromptCompletion encode(String prompt, String completion) {
        int[] alone = encodePrompt(prompt);
        int[] together = encodePrompt(prompt + completion);
        if (startsWith(together, alone)) {
            int[] rest = Arrays.copyOfRange(together, alone.length, together.length);
            return new PromptCompletion(alone, withEos(rest), false, notes(prompt + completion));
        }
        return new PromptCompletion(alone, withEos(plain(completion)), true, notes(prompt + completion));
    }

    /**
     * Encodes a conversation so far and how it goes on.
     *
     * @param prompt the turns that are given
     * @param completion the turns that are learned, an assistant's first
     * @param tools JSON schemas of the functions the model may call; null for none
     * @throws InputException where the template refuses the conversation, writes its beginning differently once it goes
     *     on, or leaves the last turn open
     */
    public PromptCompletion encode(List<Message> prompt, List<Message> completion, @Nullable List<?> tools) {
        return conversations.encode(prompt, completion, tools);
    }

    /** Encodes a prompt in plain text: the tokenizer's own leading tokens, then the text. */
    public int[] encodePrompt(String prompt) {
        int[] leading = tokenizer.leadingTokens();
        int[] ids = join(leading, plain(prompt));
        refuseDoubleBos(tokenizer, ids);
        return ids;
    }

    /** Encodes a prompt in plain text, with what is to be reported of it; see {@link #encodePrompt(String)}. */
    public PromptText prompt(String prompt) {
        return new PromptText(prompt, encodePrompt(prompt), notes(prompt));
    }

    /** Encodes a step of an answer and what ends it, each tokenised on its own. */
    public int[] encodeStep(String step, String separator) {
        return join(plain(step), tokenizer.encode(separator, false));
    }

    /**
     * Returns what is to be reported of the steps of an answer.
     *
     * @param toMessages whether they answer messages, so that control tokens are refused in them as in messages
     * @throws InputException where they hold a control token that is refused
     */
    public Set<String> notes(List<String> steps, boolean toMessages) {
        String all = String.join("\n", steps);
        String token = tokenizer.controlTokens().first(all);
        if (token != null && toMessages && style.controlTokens() == ControlTokens.REFUSE) {
            throw new InputException("a step of the answer holds " + token
                    + ", which the tokenizer reads as a control token; take it out, or give --control-tokens escape (it is"
                    + " ordinary text) or allow (it is the control token).");
        }
        return notes(all);
    }

    /** Encodes a conversation so far, ready for the assistant's answer. */
    public int[] encodePrompt(List<Message> prompt, @Nullable List<?> tools) {
        return prompt(prompt, tools).ids();
    }

    /**
     * Encodes a conversation so far, ready for the assistant's answer, with what is to be reported of it.
     *
     * @param tools JSON schemas of the functions the model may call; null for none
     * @throws InputException where the template refuses the conversation, or leaves out what it says
     */
    public PromptText prompt(List<Message> prompt, @Nullable List<?> tools) {
        return conversations.prompt(style.behindExamples(prompt), tools);
    }

    /**
     * Encodes what the chat template writes after a turn that the assistant has drawn: a message and the start of its next turn. Control
     * tokens in the message are ordinary text.
     *
     * @param role whose message it is, such as tool
     * @param ended whether the turn's own end was drawn, so that it is there already
     * @throws InputException where the template refuses the message or leaves it out
     */
    public int[] afterTurn(String role, String content, boolean ended) {
        return withControlTokens(ControlTokens.ESCAPE).conversations.afterTurn(Message.of(role, content), ended);
    }

    /**
     * Encodes what the chat template writes between a user's last words and the assistant's first: what a prompt of messages ends with.
     */
    public int[] afterUser() {
        return conversations.afterUser();
    }

    /** Encodes a text to learn as a whole: the tokenizer's own leading tokens, the text, EOS. */
    public TrainedText encodeText(String text) {
        int[] ids = withEos(encodePrompt(text));
        boolean[] trained = new boolean[ids.length];
        Arrays.fill(trained, true);
        return new TrainedText(ids, trained, notes(text));
    }

    /**
     * Encodes a conversation of which the assistant's turns are learned, save those of weight 0.
     *
     * @param tools JSON schemas of the functions the model may call; null for none
     * @throws InputException where nothing is to be learned, or it can't be known what the assistant wrote
     */
    public TrainedText encodeConversation(List<Message> messages, @Nullable List<?> tools) {
        return conversations.encodeConversation(messages, tools);
    }

    /** Writes a conversation so far as the text the model sees. */
    public String renderPrompt(List<Message> prompt, @Nullable List<?> tools) {
        return prompt(prompt, tools).text();
    }

    /**
     * Takes a prompt apart into the turns of its conversation, as a person reads it: nothing of what the template writes around them is
     * in it, and a turn without words is left out.
     *
     * @param prompt {@code [P]} token ids
     * @return null where it isn't a conversation as the model's template writes one
     */
    public @Nullable List<Message> turns(int[] prompt) {
        return conversations.turns(prompt);
    }

    /** Returns what is odd about the model's files and was noticed so far, one sentence each; to be printed once. */
    public Set<String> warnings() {
        return conversations.warnings();
    }

    /** Returns whether messages can be encoded. */
    public boolean hasTemplate() {
        return template != null;
    }

    /** Returns the model's tokenizer. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The tokens of plain text, in which control tokens are such unless they are to be escaped. */
    private int[] plain(String text) {
        return style.controlTokens() == ControlTokens.ESCAPE
                ? tokenizer.encodeLiterally(text)
                : tokenizer.encode(text, false);
    }

    private Set<String> notes(String text) {
        String token = tokenizer.controlTokens().first(text);
        if (token == null) {
            return Set.of();
        }
        return Set.of("the text holds " + token + ", which is encoded as "
                + (style.controlTokens() == ControlTokens.ESCAPE ? "ordinary text" : "the control token"));
    }

    private int[] withEos(int[] ids) {
        SpecialToken eos = tokenizer.special().eos();
        if (eos == null) {
            throw new InputException("the model names no eos_token (tokenizer_config.json, generation_config.json),"
                    + " so that a text can't be ended; name one, or give token rows.");
        }
        boolean ended = ids.length > 0 && ids[ids.length - 1] == eos.id();
        return ended ? ids : join(ids, new int[] {eos.id()});
    }

    static boolean startsWith(int[] ids, int[] prefix) {
        return ids.length >= prefix.length && Arrays.equals(ids, 0, prefix.length, prefix, 0, prefix.length);
    }

    static void refuseDoubleBos(Tokenizer tokenizer, int[] ids) {
        SpecialToken bos = tokenizer.special().bos();
        if (bos != null && ids.length > 1 && ids[0] == bos.id() && ids[1] == bos.id()) {
            throw new InputException("the text would begin with " + bos.text()
                    + " twice; it is put there already, take it out of the row or the template.");
        }
    }

    private static int[] join(int[] first, int[] second) {
        int[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    /**
     * A prompt, ready to be answered.
     *
     * @param text what the model sees, but for the tokenizer's own leading tokens
     * @param ids {@code [P]} token ids
     * @param notes what is to be reported of it, each as it goes on after "In 3 rows"; mostly none
     */
    @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
    public record PromptText(String text, int[] ids, Set<String> notes) {
        public PromptText {
            notes = Set.copyOf(notes);
        }
    }
}
