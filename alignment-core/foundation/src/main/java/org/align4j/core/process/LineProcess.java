package org.align4j.core.process;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * A program that is asked in JSON lines: each request is an object on a line of its input, with an {@code id}; each answer is an object
 * on a line of its output, with the id of its request, in any order. It starts with the first request and stays. Whatever it does
 * otherwise (it dies, hangs, floods, writes what is no JSON, gives ids that nobody asked for) ends it with every process that it started,
 * and is reported in a sentence; the next request starts it again, this many times. It ends with this process, too, however that dies.
 */
public final class LineProcess implements AutoCloseable {
    /** Bytes that a line may have, in either direction. */
    public static final int LONGEST_LINE = 1 << 20;

    /** The most times that a program which failed is started again. */
    public static final int RESTARTS = 3;

    private static final long LOOK_MILLIS = 50;
    private static final long GRACE_MILLIS = 2000;
    private static final String ID = "id";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final CommandWords command;
    private final Limit limit;
    private final Listener listener;
    private volatile @Nullable Child child;
    private int starts;
    private String lastProblem = "";
    private volatile boolean closed;

    /**
     * Makes a program that is started when it is first asked.
     *
     * @param limit the longest wait for the answers to one {@link #ask}
     */
    public LineProcess(CommandWords command, Limit limit, Listener listener) {
        this.command = command;
        this.limit = limit;
        this.listener = listener;
    }

    /**
     * How long answers may take.
     *
     * @param option that says so
     * @param time until all requests of one call are answered
     */
    public record Limit(String option, Duration time) {}

    /**
     * Who hears of a program.
     *
     * @param notes takes a sentence when it is started again
     * @param errors takes each line that it writes to its error output, on another thread
     */
    public record Listener(Consumer<String> notes, Consumer<String> errors) {}

    /**
     * What came of requests.
     *
     * @param answers in the order of the requests; null where none came
     * @param problem what the program did wrong, for which it was ended; null where all answers came
     */
    public record Outcome(
            List<@Nullable ObjectNode> answers, @Nullable String problem) {
        /** Takes a copy. */
        public Outcome {
            answers = Collections.unmodifiableList(new ArrayList<>(answers));
        }
    }

    /**
     * Asks the program, and starts it where it doesn't run.
     *
     * @param requests each with an {@code id}, a text or a whole number that no other one has
     * @return what it answered; where it failed, what it had answered by then, and how it failed
     * @throws RunException where it can't be started, or failed more often than it is started again, or a request is too long
     */
    public Outcome ask(List<ObjectNode> requests) {
        Map<String, Integer> places = new HashMap<>();
        byte[] lines = lines(requests, places);
        Call call = new Call(places, new ArrayList<>(Collections.nCopies(requests.size(), null)));
        String problem = requests.isEmpty() ? null : answered(started(), lines, call);
        if (problem != null) {
            lastProblem = problem;
            end(0);
        }
        return new Outcome(call.answers, problem);
    }

    /**
     * Asks the program, and asks it all of it again after each failure, as often as it is started again: the answers are those of one
     * process that did nothing wrong.
     *
     * @param requests as for {@link #ask}
     * @return an answer to each, in order
     * @throws RunException where it failed too often
     */
    public List<ObjectNode> askAll(List<ObjectNode> requests) {
        Outcome outcome = ask(requests);
        while (outcome.problem != null) {
            outcome = ask(requests);
        }
        return outcome.answers.stream().map(ObjectNode.class::cast).toList();
    }

    private static byte[] lines(List<ObjectNode> requests, Map<String, Integer> places) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (ObjectNode request : requests) {
            String id = id(request.path(ID));
            if (id == null || places.put(id, places.size()) != null) {
                throw new IllegalArgumentException("a request's id is a text or a whole number of its own");
            }
            byte[] line = request.toString().getBytes(StandardCharsets.UTF_8);
            if (line.length > LONGEST_LINE) {
                throw new RunException(format(
                        "the request %s has %,d bytes, but a line may have %,d; leave out what makes it long",
                        id, line.length, LONGEST_LINE));
            }
            lines.writeBytes(line);
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    private static @Nullable String id(JsonNode id) {
        return id.isTextual() || id.isIntegralNumber() ? id.toString() : null;
    }

    private synchronized Child started() {
        requireOpen();
        Child living = child;
        if (living != null) {
            return living;
        }
        if (starts > RESTARTS) {
            throw new RunException(format("it was started again %d times; the last time it %s", RESTARTS, lastProblem));
        }
        if (starts > 0) {
            listener.notes.accept(format(
                    "exec:%s %s; it was ended and is started again (%d of %d).",
                    command, lastProblem, starts, RESTARTS));
        }
        try {
            starts++;
            living = Child.start(command, listener.errors, LONGEST_LINE);
        } catch (IOException e) {
            throw new RunException("it can't be started: " + FileFailure.reason(e), e);
        }
        child = living;
        return living;
    }

    /** Takes answers until all are there; returns what went wrong, null where nothing did. */
    private @Nullable String answered(Child asked, byte[] lines, Call call) {
        try {
            Child.Said early = asked.next(0);
            if (early != null) {
                return early.end() == null ? "wrote a line that nobody asked for" : early.end() + asked.lastWords();
            }
            asked.send(lines);
            long until = System.nanoTime() + limit.time.toNanos();
            while (call.missing() > 0) {
                requireOpen();
                Child.Said said = asked.next(LOOK_MILLIS);
                String problem = said == null
                        ? late(call, until)
                        : said.end() != null ? told(call, said.end()) + asked.lastWords() : call.take(said.line());
                if (problem != null) {
                    return problem;
                }
            }
            Child.Said more = asked.next(0);
            return more == null || more.line() == null ? null : "wrote more answers than it was asked for";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("the wait for it was interrupted", e);
        }
    }

    private void requireOpen() {
        StopSignal.throwIfStopped();
        if (closed) {
            throw new RunException("it was ended with the run");
        }
    }

    private @Nullable String late(Call call, long until) {
        return System.nanoTime() < until
                ? null
                : format(
                        "gave %d of %d answers within %s (%s s)",
                        call.answers.size() - call.missing(),
                        call.answers.size(),
                        limit.option,
                        limit.time.toMillis() / 1000.0);
    }

    private static String told(Call call, String end) {
        return format("%s after %d of %d answers", end, call.answers.size() - call.missing(), call.answers.size());
    }

    private synchronized void end(long millis) {
        Child living = child;
        child = null;
        if (living != null) {
            living.end(millis);
        }
    }

    /** Closes the program's input, and ends it where it doesn't end by itself. */
    @Override
    public void close() {
        closed = true;
        end(GRACE_MILLIS);
    }

    /** Sorts answers by the ids of what was asked. */
    private record Call(Map<String, Integer> places, List<@Nullable ObjectNode> answers) {
        int missing() {
            return Collections.frequency(answers, null);
        }

        /** Takes one line; returns what is wrong with it, null where nothing is. */
        @Nullable
        String take(byte @Nullable [] line) {
            JsonNode answer;
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(line == null ? new byte[0] : line))
                        .toString();
                answer = JSON.readTree(text);
            } catch (CharacterCodingException e) {
                return "wrote a line that is no text in UTF-8";
            } catch (JsonProcessingException e) {
                return "wrote a line that is no JSON: " + shown(line);
            }
            if (!(answer instanceof ObjectNode object)) {
                return "wrote a line that is no JSON object: " + shown(line);
            }
            String id = id(object.path(ID));
            Integer place = id == null ? null : places.get(id);
            if (place == null) {
                return "answered with an id that nobody asked for: " + shown(line);
            }
            if (answers.get(place) != null) {
                return "answered id " + id + " twice";
            }
            answers.set(place, object);
            return null;
        }

        private static String shown(byte @Nullable [] line) {
            return Shortened.of(new String(line == null ? new byte[0] : line, StandardCharsets.UTF_8).strip());
        }
    }
}
