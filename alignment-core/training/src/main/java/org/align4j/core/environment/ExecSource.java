package org.align4j.core.environment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.files.Json;
import org.align4j.core.process.CommandWords;
import org.align4j.core.process.ErrorLog;
import org.align4j.core.process.LineProcess;
import org.jspecify.annotations.Nullable;

/**
 * {@code --environment exec:COMMAND}: a program that stays and plays all episodes, which JSON lines name. It is asked for a wave at
 * once, may answer in any order, and must answer all within the time of an episode. Where it fails, it is ended and started again, and every
 * episode that it played has failed.
 */
public final class ExecSource implements EnvironmentSource {
    private static final String NAME = "exec:";
    private static final String OPTION = "environment";

    @Override
    public String usage() {
        return "exec:COMMAND";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(NAME);
    }

    @Override
    public void requireNew(String given) {
        command(given).requireProgram(OPTION);
    }

    @Override
    public EnvironmentHost open(String given, EnvironmentContext context) {
        CommandWords command = command(given);
        command.requireProgram(OPTION);
        return new Program(command, context);
    }

    private static CommandWords command(String given) {
        return CommandWords.of(OPTION, given.substring(NAME.length()));
    }

    /** A program with the episodes that it plays. */
    private static final class Program implements EnvironmentHost {
        private static final String ID = "id";
        private static final String LOG = "environment.log";

        private final ErrorLog log = new ErrorLog();
        private final LineProcess process;
        private final Map<String, String> roles = new HashMap<>();
        private final Set<String> living = new HashSet<>();
        private final Map<String, String> lost = new HashMap<>();

        Program(CommandWords command, EnvironmentContext context) {
            process = new LineProcess(
                    command,
                    new LineProcess.Limit("max-episode-seconds", context.episodeTime()),
                    new LineProcess.Listener(context.notes(), log::accept));
        }

        @Override
        public void keepIn(Path run) {
            log.keepIn(run.resolve(LOG));
        }

        @Override
        public List<Answer> reset(List<Opening> openings) {
            return asked(openings.stream()
                    .map(opening -> {
                        ObjectNode request = request(opening.episode(), "reset");
                        request.put("seed", opening.seed());
                        request.put("prompt", opening.row().text());
                        request.set("row", Json.tree(opening.row().fields()));
                        return request;
                    })
                    .toList());
        }

        @Override
        public List<Answer> step(List<Turn> turns) {
            return asked(turns.stream()
                    .map(turn -> request(turn.episode(), "step").put("action", turn.action()))
                    .toList());
        }

        @Override
        public void end(List<String> episodes) {
            List<ObjectNode> ends = episodes.stream()
                    .filter(living::contains)
                    .map(episode -> request(episode, "end"))
                    .toList();
            if (!ends.isEmpty()) {
                process.ask(ends);
            }
            episodes.forEach(episode -> {
                living.remove(episode);
                lost.remove(episode);
                roles.remove(episode);
            });
        }

        private static ObjectNode request(String episode, String type) {
            return Json.object().put(ID, episode).put("type", type);
        }

        /** Asks for those episodes that the program still plays. */
        private List<Answer> asked(List<ObjectNode> requests) {
            List<ObjectNode> open = requests.stream()
                    .filter(each -> !lost.containsKey(id(each)))
                    .toList();
            LineProcess.Outcome outcome = process.ask(open);
            log.requireWritten();
            Map<String, Answer> answers = new HashMap<>();
            for (int i = 0; i < open.size(); i++) {
                answers.put(
                        id(open.get(i)), answer(open.get(i), outcome.answers().get(i), outcome.problem()));
            }
            String problem = outcome.problem();
            if (problem != null) {
                living.forEach(episode -> lost.put(episode, problem));
                living.clear();
            }
            List<Answer> all = new ArrayList<>();
            for (ObjectNode request : requests) {
                Answer answer = answers.get(id(request));
                all.add(answer == null ? failed(lost.get(id(request))) : answer);
            }
            return all;
        }

        private Answer answer(ObjectNode request, @Nullable ObjectNode said, @Nullable String problem) {
            String episode = id(request);
            Answer answer = said == null ? failed(problem) : read(episode, said);
            if (answer.done()) {
                living.remove(episode);
            } else {
                living.add(episode);
            }
            return answer;
        }

        private Answer read(String episode, ObjectNode said) {
            JsonNode error = said.path("error");
            JsonNode observation = said.path("observation");
            JsonNode reward = said.path("reward");
            JsonNode done = said.path("done");
            if (!error.isMissingNode() && !error.isNull()) {
                return Answer.failed("said: " + error.asText());
            }
            if (!(observation.isTextual() || observation.isMissingNode())) {
                return Answer.failed("gave an observation that is no text");
            }
            if (!(reward.isMissingNode() || (reward.isNumber() && Double.isFinite(reward.doubleValue())))) {
                return Answer.failed("gave a reward that is no number");
            }
            if (!(done.isMissingNode() || done.isBoolean())) {
                return Answer.failed("gave a \"done\" that is neither true nor false");
            }
            if (said.path("role").isTextual()) {
                roles.put(episode, said.path("role").textValue());
            }
            return new Answer(
                    observation.asText(),
                    roles.getOrDefault(episode, "tool"),
                    reward.asDouble(0),
                    done.asBoolean(),
                    null);
        }

        private static Answer failed(@Nullable String problem) {
            return Answer.failed("its program " + problem);
        }

        private static String id(ObjectNode request) {
            return request.path(ID).textValue();
        }

        @Override
        public void close() {
            process.close();
            log.close();
        }
    }
}
