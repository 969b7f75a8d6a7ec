package org.align4j.serve.door;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerShape;
import org.align4j.core.generate.AskedScores;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.TokenFilter;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.align4j.serve.access.Rotation;
import org.align4j.serve.access.TokenLimits;
import org.align4j.serve.access.Turns;
import org.align4j.serve.batch.Batch;
import org.align4j.serve.batch.Batches;
import org.align4j.serve.chat.AnswerReader;
import org.align4j.serve.chat.CallForm;
import org.align4j.serve.chat.ChatModel;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.grade.Chats;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Has the models of a {@link Shelf} answer requests for chats and completions, whoever sends them: a client, or a batch. */
public final class Answers implements Chats {
    private static final int RETRY_SECONDS = 10;
    private static final SecureRandom SEEDS = new SecureRandom();

    private final Shelf shelf;
    private final BiFunction<String, String, Optional<Shelf.Tuned>> tuned;
    private final TokenLimits limits;
    private final Counting counting;
    private final Turns turns;

    /**
     * @param tuned looks up a tuned model, or a checkpoint, that a project sees, by the project and the model's name
     * @param limits of the tokens that clients' requests may use
     * @param counting hears what each request used
     */
    public Answers(
            Shelf shelf,
            BiFunction<String, String, Optional<Shelf.Tuned>> tuned,
            TokenLimits limits,
            Counting counting) {
        this(shelf, tuned, limits, counting, new Turns());
    }

    private Answers(
            Shelf shelf,
            BiFunction<String, String, Optional<Shelf.Tuned>> tuned,
            TokenLimits limits,
            Counting counting,
            Turns turns) {
        this.shelf = shelf;
        this.tuned = tuned;
        this.limits = limits;
        this.counting = counting;
        this.turns = turns;
    }

    /** Hears what requests use. */
    @FunctionalInterface
    public interface Counting {
        /** Counts a request of a project by one of its keys, whose name is empty where none was needed. */
        void add(String project, String key, String model, TokenCount tokens);
    }

    /** Returns the limits of the tokens that clients' requests may use; batches have none. */
    public TokenLimits limits() {
        return limits;
    }

    /** Returns the answers of these models to a door that calls tuned models by other names. */
    public Answers by(BiFunction<String, String, Optional<Shelf.Tuned>> other) {
        return new Answers(shelf, other, limits, counting, turns);
    }

    /** Writes the answers to a request while they come. */
    interface Writing {
        /**
         * Hears how many tokens a request's prompts have and its answers may have, before they are begun; first, before anything is read, that it
         * has one.
         *
         * @throws Refusal where that is too much
         */
        default void admit(long tokens) {}

        /** Hears how many tokens of a request were read that wasn't answered. */
        default void refused(long tokens) {}

        /** Looks whether somebody still waits for the answer, and throws where nobody does. */
        default void look() {}

        /** Returns the name of the key that asks; empty where none was needed. */
        default String key() {
            return "";
        }

        /** Takes what the request asks for and the answers on their way, which are cancelled when this returns. */
        void write(AnswerAsk ask, AnswerWriter writer);
    }

    /**
     * Answers a request.
     *
     * @param project whose tuned models may be asked
     * @param endpoint whose fields the request has
     * @throws Refusal 400 where the request can't be granted, 404 where the project has no such model, 503 where there is no room at the moment
     */
    void answer(String project, ChatFields endpoint, JsonNode request, Writing writing) {
        endpoint.require(request);
        if (endpoint == ChatFields.CHAT) {
            chat(project, request, writing);
        } else {
            complete(project, request, writing);
        }
    }

    @Override
    public Object whole(String project, JsonNode request) {
        List<Object> whole = new ArrayList<>();
        answer(project, ChatFields.CHAT, request, (ask, writer) -> whole.add(writer.whole()));
        return whole.get(0);
    }

    @Override
    public boolean knows(String project, String model) {
        return shelf.base(model).isPresent() || tuned.apply(project, model).isPresent();
    }

    @Override
    public Held hold(String project, String model) {
        if (shelf.base(model).isPresent()) {
            return () -> {};
        }
        Shelf.Loan loan = lend(project, model);
        return loan::close;
    }

    /**
     * Lends a tuned model of a project.
     *
     * @throws Refusal 404 where the project has none of this name, also where it was deleted at this moment; 503 where there is no room
     */
    private Shelf.Loan lend(String project, String name) {
        Shelf.Tuned wanted = tuned.apply(project, name).orElseThrow(() -> none(name));
        try {
            return shelf.lend(wanted);
        } catch (Shelf.NoRoom full) {
            throw Refusal.busy(503, String.valueOf(full.getMessage()), RETRY_SECONDS)
                    .about("model", "insufficient_memory");
        } catch (RuntimeException unread) {
            throw tuned.apply(project, name).isEmpty() ? none(name) : unread;
        }
    }

    /**
     * Lends a base, or a tuned model of a project, for some work.
     *
     * @throws Refusal 404 where the project has no such model, 503 where there is no room at the moment
     */
    public <T> T with(String project, String name, Function<ChatModel, T> work) {
        Optional<ChatModel> base = shelf.base(name);
        if (base.isPresent()) {
            return work.apply(base.get());
        }
        try (Shelf.Loan loan = lend(project, name)) {
            return work.apply(loan.model());
        }
    }

    /**
     * Reads what a key sent, in its turn.
     *
     * @param look called now and then while the request waits, and before it is read; what it throws ends it
     */
    public <T> T inTurn(String project, String key, Runnable look, Supplier<T> reading) {
        return turns.take(new Rotation.Who(project, key), look, () -> {
            look.run();
            return reading.get();
        });
    }

    /** Counts what a request used that was answered otherwise than by tokens. */
    public void count(String project, String key, String model, TokenCount tokens) {
        counting.add(project, key, model, tokens);
    }

    private static Refusal none(String name) {
        return new Refusal(
                        404, "The model `" + Shortened.of(name) + "` does not exist or you do not have access to it.")
                .about("model", "model_not_found");
    }

    /**
     * What is asked of a model once its tokenizer and template have read it.
     *
     * @param prompts {@code [prompts][P]} token ids
     * @param echoes a text for each prompt that stands before its answers; mostly empty
     * @param filter begins a filter over tokens for an answer; null for none
     * @param reader begins to read an answer
     * @param watched whether an answer may be ended by what it says
     */
    private record Prepared(
            List<int[]> prompts,
            List<String> echoes,
            @Nullable Supplier<TokenFilter> filter,
            Supplier<AnswerReader> reader,
            boolean watched) {}

    private void chat(String project, JsonNode request, Writing writing) {
        AnswerAsk ask = AnswerAsk.chat(request);
        ChatTools tools = ChatTools.of(request);
        AnswerShape shape = shape(request);
        if (shape != null && !tools.shown().isEmpty()) {
            throw AnswerAsk.wrong(
                    "response_format",
                    "response_format is json_object and tools are offered, but a call isn't such an object; drop one of"
                            + " them, or set tool_choice to none.");
        }
        Preparing preparing = (model, look) -> prepared(model, request.path("messages"), tools, shape);
        answer(new Asking(project, ChatFields.CHAT, ask, preparing, writing));
    }

    private static @Nullable AnswerShape shape(JsonNode request) {
        JsonNode format = request.path("response_format");
        String type = format.path("type").asText();
        if (format.isMissingNode() || format.isNull() || type.equals("text")) {
            return null;
        }
        if (!type.equals("json_object")) {
            throw AnswerAsk.wrong(
                    "response_format.type",
                    "response_format is of type '" + type
                            + "', but text and json_object are served here; say the schema in a message and ask for"
                            + " json_object.");
        }
        return AnswerShape.JSON_OBJECT;
    }

    private static Prepared prepared(ChatModel model, JsonNode messages, ChatTools tools, @Nullable AnswerShape shape) {
        Optional<CallForm> form = model.voice().calls();
        List<Message> read = new ChatMessages(form.orElse(null)).read(messages);
        if (tools.shown().isEmpty()) {
            return new Prepared(
                    List.of(model.voice().text().encodePrompt(read, null)),
                    List.of(""),
                    filter(model, shape),
                    () -> new AnswerReader(model.voice().text().tokenizer()),
                    false);
        }
        CallForm calls = form.orElseThrow(() -> AnswerAsk.wrong(
                "tools",
                "The model's chat template writes no tools, or calls in another form than those of Hermes and"
                        + " Qwen, Llama 3.1 and Mistral, which are known here; leave tools out, or ask a model"
                        + " that has them."));
        return new Prepared(
                List.of(model.voice().text().encodePrompt(read, tools.shown())),
                List.of(""),
                filter(model, tools.forced().isEmpty() ? null : calls.shape(tools.forced())),
                () -> new AnswerReader(model.voice().text().tokenizer(), calls, tools.names(), tools.several()),
                !tools.several());
    }

    private static @Nullable Supplier<TokenFilter> filter(ChatModel model, @Nullable AnswerShape shape) {
        return shape == null ? null : () -> model.voice().tokens().filter(shape);
    }

    private void complete(String project, JsonNode request, Writing writing) {
        AnswerAsk ask = AnswerAsk.completion(request);
        answer(new Asking(
                project,
                ChatFields.COMPLETIONS,
                ask,
                (model, look) -> prepared(
                        model, request, ask.form().echo(), ask.drawing().n(), look),
                writing));
    }

    private static Prepared prepared(ChatModel model, JsonNode request, boolean echo, int n, Runnable look) {
        List<int[]> prompts = new ArrayList<>();
        List<String> echoes = new ArrayList<>();
        for (JsonNode prompt : prompts(request.path("prompt"), n)) {
            look.run();
            int[] ids = prompt.isTextual() ? model.voice().text().encodePrompt(prompt.textValue()) : ids(model, prompt);
            prompts.add(ids);
            String text = prompt.isTextual()
                    ? prompt.textValue()
                    : model.voice().text().tokenizer().decode(ids, true);
            echoes.add(echo ? text : "");
        }
        return new Prepared(
                prompts,
                echoes,
                null,
                () -> new AnswerReader(model.voice().text().tokenizer()),
                false);
    }

    private static List<JsonNode> prompts(JsonNode prompt, int n) {
        boolean several =
                prompt.isArray() && !prompt.isEmpty() && !prompt.get(0).isNumber();
        requireFew((long) (several ? prompt.size() : 1) * n);
        List<JsonNode> prompts = several ? prompt.valueStream().toList() : List.of(prompt);
        for (JsonNode each : prompts) {
            boolean ids =
                    each.isArray() && !each.isEmpty() && each.valueStream().allMatch(JsonNode::isIntegralNumber);
            if (!each.isTextual() && !ids) {
                throw AnswerAsk.wrong(
                        "prompt",
                        "Invalid value for 'prompt': it must be a text, a list of token ids, or a list of either.");
            }
        }
        return prompts;
    }

    private static void requireFew(long answers) {
        if (answers > AnswerAsk.MOST_ANSWERS) {
            throw AnswerAsk.wrong(
                    "n",
                    "The request asks for " + answers + " answers, but may ask for " + AnswerAsk.MOST_ANSWERS
                            + "; send several requests.");
        }
    }

    private static int[] ids(ChatModel model, JsonNode prompt) {
        if (prompt.size() > model.maxLength()) {
            throw tooLong(model, ChatFields.COMPLETIONS, String.valueOf(prompt.size()));
        }
        int vocabulary = model.voice().text().tokenizer().vocabularySize();
        return prompt.valueStream()
                .mapToInt(id -> {
                    if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= vocabulary) {
                        throw AnswerAsk.wrong(
                                "prompt",
                                "prompt holds the token id " + id + ", but the model's ids are 0 to " + (vocabulary - 1)
                                        + ".");
                    }
                    return id.intValue();
                })
                .toArray();
    }

    /** Reads a request for a model that is known. */
    private interface Preparing {
        /** @param look called between its parts; what it throws ends the reading */
        Prepared prepare(ChatModel model, Runnable look);
    }

    /**
     * Answers a request of a batch.
     *
     * @throws Refusal 503 or 429 where there is no room at the moment
     */
    public Batches.Answered inBatch(Batch.Asked batch, JsonNode request) {
        AtomicReference<Batches.Answered> answered = new AtomicReference<>();
        Writing writing = new Writing() {
            @Override
            public String key() {
                return batch.key();
            }

            @Override
            public void write(AnswerAsk ask, AnswerWriter writer) {
                answered.set(new Batches.Answered(200, writer.whole(), writer.tokens()));
            }
        };
        try {
            if (request.path("stream").asBoolean()) {
                throw AnswerAsk.wrong("stream", "stream is true, but a batch's answers come in a file; leave it out.");
            }
            answer(batch.project(), ChatFields.at(batch.endpoint()), request, writing);
            return Objects.requireNonNull(answered.get());
        } catch (Refusal refusal) {
            if (refusal.status() == 503 || refusal.status() == 429) {
                throw refusal;
            }
            return new Batches.Answered(refusal.status(), OpenAiErrors.document(refusal), TokenCount.NONE);
        } catch (InputException wrong) {
            Refusal refusal = new Refusal(400, String.valueOf(wrong.getMessage()));
            return new Batches.Answered(refusal.status(), OpenAiErrors.document(refusal), TokenCount.NONE);
        }
    }

    /** A request on its way to a model. */
    private record Asking(String project, ChatFields endpoint, AnswerAsk ask, Preparing preparing, Writing writing) {}

    private void answer(Asking asking) {
        with(asking.project, asking.ask.model(), model -> {
            answer(asking, model);
            return true;
        });
    }

    private void answer(Asking asking, ChatModel model) {
        ChatFields endpoint = asking.endpoint;
        AnswerAsk ask = asking.ask;
        try {
            Prepared prepared = read(asking, model);
            List<AnswerWriter.Choice> choices = new ArrayList<>();
            List<Request> requests = requests(endpoint, ask, model, prepared, choices);
            asking.writing.admit(tokens(ask, prepared));
            try (AnswerRun run = AnswerRun.begin(model.queue(), requests, ask.form().stream() || prepared.watched)) {
                AnswerDocuments documents = new AnswerDocuments(
                        FreshId.fresh(endpoint == ChatFields.CHAT ? "chatcmpl-" : "cmpl-"),
                        System.currentTimeMillis() / 1000,
                        ask.model(),
                        model.variant().fingerprint(),
                        model.voice().text().tokenizer(),
                        ask.alternatives() >= 0);
                AnswerWriter writer = new AnswerWriter(endpoint, run, documents, choices);
                try {
                    asking.writing.write(ask, writer);
                } finally {
                    counting.add(asking.project, asking.writing.key(), ask.model(), writer.tokens());
                }
            }
        } catch (InputException wrong) {
            throw AnswerAsk.wrong(endpoint.prompt(), String.valueOf(wrong.getMessage()));
        }
    }

    /** Reads a request in its turn: its key pays before the work, and as much as was read where it turns out to be too long. */
    private Prepared read(Asking asking, ChatModel model) {
        asking.writing.admit(1);
        try {
            return inTurn(
                    asking.project,
                    asking.writing.key(),
                    asking.writing::look,
                    () -> asking.preparing.prepare(model, asking.writing::look));
        } catch (TextEncoder.TooLong more) {
            asking.writing.refused(model.maxLength());
            throw tooLong(model, asking.endpoint, "more than " + model.maxLength());
        }
    }

    private static Refusal tooLong(ChatModel model, ChatFields endpoint, String tokens) {
        return new Refusal(
                        400,
                        "This model's maximum context length is " + model.maxLength()
                                + " tokens. However, your messages resulted in " + tokens
                                + " tokens, which leaves no room for an answer. Please reduce their length.")
                .about(endpoint.prompt(), "context_length_exceeded");
    }

    /** Counts what a request may need; answers without a limit count as they are made. */
    private static long tokens(AnswerAsk ask, Prepared prepared) {
        long read = prepared.prompts.stream().mapToLong(prompt -> prompt.length).sum();
        long made = ask.drawing().maxTokens() == null ? 0 : ask.drawing().maxTokens();
        return read + made * ask.drawing().n() * prepared.prompts.size();
    }

    private static List<Request> requests(
            ChatFields endpoint, AnswerAsk ask, ChatModel model, Prepared prepared, List<AnswerWriter.Choice> choices) {
        requireFew((long) prepared.prompts.size() * ask.drawing().n());
        ask.requireTokens(model.voice().text().tokenizer().vocabularySize());
        long seed =
                ask.drawing().seed() == null ? SEEDS.nextLong() : ask.drawing().seed();
        List<Request> requests = new ArrayList<>();
        for (int p = 0; p < prepared.prompts.size(); p++) {
            int[] prompt = prepared.prompts.get(p);
            int room = model.maxLength() - prompt.length;
            if (room < (ask.readsAlone() ? 0 : 1)) {
                throw tooLong(model, endpoint, String.valueOf(prompt.length));
            }
            int most = ask.drawing().maxTokens() == null
                    ? room
                    : Math.min(room, ask.drawing().maxTokens());
            for (int i = 0; i < ask.drawing().n(); i++) {
                GenerationSettings settings = ask.readsAlone()
                        ? null
                        : new GenerationSettings(
                                most,
                                ask.drawing().sampling(),
                                1,
                                seed(seed, i),
                                ask.drawing().stop(),
                                false);
                TokenFilter filter = prepared.filter == null ? null : prepared.filter.get();
                requests.add(new Request(model.variant(), prompt, settings, ask.scores(), filter));
                boolean scored = ask.form().echo() && ask.alternatives() != AskedScores.NONE;
                choices.add(new AnswerWriter.Choice(
                        prepared.reader.get(), p, prepared.echoes.get(p), scored ? prompt : null));
            }
        }
        return requests;
    }

    /** The first of several answers draws as the only one does. */
    private static long seed(long seed, int answer) {
        return answer == 0 ? seed : new SplittableRandom(seed + answer * 0x9E3779B97F4A7C15L).nextLong();
    }
}
