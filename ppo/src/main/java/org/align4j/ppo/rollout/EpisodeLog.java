package org.align4j.ppo.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.environment.EnvironmentHost.Answer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * {@code episodes.jsonl}: what policies and environments said, a line per turn, written before anything is made of it. A step that is taken again
 * replaces its lines and all that came after them.
 */
public final class EpisodeLog implements AutoCloseable {
    private static final String FILE = "episodes.jsonl";

    private @Nullable Path directory;
    private @Nullable GrowingFile file;
    private @Nullable Round current;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();

    /**
     * Episodes of a step or an evaluation.
     *
     * @param step its number; of an evaluation, the steps before it
     * @param evaluation whether nothing is learnt from them
     */
    public record Round(int step, boolean evaluation) {
        /** Returns what the names of its episodes begin with. */
        public String name() {
            return (evaluation ? "evaluation-" : "step-") + step;
        }

        /** Returns its place in the order in which rounds come. */
        long place() {
            return 2L * step + (evaluation ? 1 : 0);
        }
    }

    /**
     * A turn and what came of it.
     *
     * @param episode its place in the round, from 0
     * @param row of the prompt
     * @param sample the episode's number among those to this prompt
     * @param turn its number, from 1; 0 for the beginning
     * @param action what the policy wrote; null for the beginning
     */
    public record Line(
            int episode,
            int row,
            int sample,
            int turn,
            @Nullable String action,
            Answer answer) {
        byte[] bytes(Round round) {
            Map<String, @Nullable Object> line = new LinkedHashMap<>();
            line.put("step", round.step);
            if (round.evaluation) {
                line.put("evaluation", true);
            }
            line.put("episode", episode);
            line.put("row", row);
            line.put("sample", sample);
            line.put("turn", turn);
            if (action != null) {
                line.put("action", action);
            }
            line.put("observation", answer.observation());
            line.put("reward", answer.reward());
            line.put("done", answer.done());
            if (answer.error() != null) {
                line.put("error", answer.error());
            }
            return (Json.text(line) + "\n").getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Writes into a run's directory from now on; until then nothing is kept. */
    public void keepIn(Path run) {
        directory = run;
    }

    /** Adds a line, which is written with the next {@link #flush}. */
    public void add(Round round, Line line) {
        if (directory != null) {
            open(round, directory);
            waiting.writeBytes(line.bytes(round));
        }
    }

    /** Writes all lines that were added. */
    public void flush() {
        GrowingFile open = file;
        if (open == null || waiting.size() == 0) {
            return;
        }
        try {
            open.append(ByteBuffer.wrap(waiting.toByteArray()));
            waiting.reset();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Opens the file for a round where it isn't open for that or an earlier one, cut back to what came before the round. */
    private void open(Round round, Path run) {
        Round last = current;
        current = round;
        if (file != null && last != null && (round.equals(last) || round.place() > last.place())) {
            return;
        }
        close();
        Path path = run.resolve(FILE);
        try {
            long whole = Files.exists(path) ? before(round, path) : 0;
            GrowingFile opened = GrowingFile.open(path);
            file = opened;
            opened.cut(whole);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static long before(Round round, Path path) throws IOException {
        long whole = 0;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
            for (int next = in.read(); next >= 0; next = in.read()) {
                line.write(next);
                if (next == '\n') {
                    if (!isBefore(round, line.toString(StandardCharsets.UTF_8))) {
                        return whole;
                    }
                    whole += line.size();
                    line.reset();
                }
            }
        }
        return whole; // what a kill tore is left out
    }

    private static boolean isBefore(Round round, String line) {
        try {
            JsonNode read = Json.read(line);
            Round own = new Round(
                    read.path("step").intValue(), read.path("evaluation").booleanValue());
            return own.place() < round.place();
        } catch (JsonProcessingException torn) {
            return false;
        }
    }

    private static RunException failure(IOException e) {
        return new RunException(
                FILE + " could not be written: " + FileFailure.reason(e)
                        + ". Nothing of this step was applied; fix the disk and resume the run.",
                e);
    }

    @Override
    public void close() {
        try {
            if (file != null) {
                file.force();
                file.close();
                file = null;
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }
}
