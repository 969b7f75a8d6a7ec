package org.align4j.examples.lessons.parts;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.align4j.core.eval.Proportion;
import org.align4j.core.files.Json;

/**
 * The held-out episodes of an evaluation, as a run in an environment logs them.
 *
 * @param turns the policy's turns by episode, in the order in which they were taken
 */
public record Episodes(List<List<Turn>> turns) {
    /**
     * A turn of the policy, and what the environment answered.
     *
     * @param action what the policy wrote
     */
    public record Turn(String action, String observation, double reward) {}

    /** Reads the evaluation after a number of steps. */
    public static Episodes evaluated(Path run, int step) throws IOException {
        List<List<Turn>> episodes = new ArrayList<>();
        for (String written : Files.readAllLines(run.resolve("episodes.jsonl"))) {
            JsonNode line = Json.read(written);
            if (line.path("evaluation").asBoolean() && line.path("step").asInt() == step) {
                int episode = line.path("episode").asInt();
                while (episodes.size() <= episode) {
                    episodes.add(new ArrayList<>());
                }
                if (line.path("turn").asInt() > 0) {
                    episodes.get(episode)
                            .add(new Turn(
                                    line.path("action").asText(),
                                    line.path("observation").asText(),
                                    line.path("reward").asDouble()));
                }
            }
        }
        return new Episodes(episodes);
    }

    /** Counts episodes that end with a reward. */
    public Proportion right() {
        return share(
                episode -> !episode.isEmpty() && episode.get(episode.size() - 1).reward() > 0);
    }

    /** Counts episodes whose first turn calls a tool. */
    public Proportion calling() {
        return share(episode -> !episode.isEmpty() && episode.get(0).action().contains("<tool_call>"));
    }

    private Proportion share(Predicate<List<Turn>> counts) {
        return new Proportion((int) turns.stream().filter(counts).count(), turns.size());
    }

    /** Prints an episode, a line for each thing that was said. */
    private List<String> told(int episode) {
        List<String> lines = new ArrayList<>();
        for (Turn turn : turns.get(episode)) {
            lines.add("model  " + turn.action().replaceAll("\\s+", " "));
            if (!turn.observation().isEmpty()) {
                lines.add("tool   " + turn.observation());
            }
        }
        lines.add("reward "
                + turns.get(episode).stream().mapToDouble(Turn::reward).sum());
        return lines;
    }

    /** Returns a table of what was said in an episode before and after a training, a row per line. */
    public static List<List<String>> sideBySide(Episodes before, Episodes after, int episode) {
        List<List<String>> rows = new ArrayList<>();
        before.told(episode).forEach(line -> rows.add(List.of("before", line)));
        after.told(episode).forEach(line -> rows.add(List.of("after", line)));
        return rows;
    }
}
