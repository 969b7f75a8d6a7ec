package org.align4j.core.environment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.files.Json;

/** A program that plays episodes of two turns; an action that is the name of a fault makes it commit that. */
final class PlayingProgram {
    private PlayingProgram() {}

    public static void main(String[] none) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.err.println("ready to play");
        Map<String, Integer> turns = new HashMap<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode request = Json.read(line);
            String id = request.path("id").textValue();
            ObjectNode answer = Json.object().put("id", id);
            switch (request.path("type").textValue()) {
                case "reset" -> {
                    turns.put(id, 0);
                    answer.put("observation", request.path("row").path("answer").asText() + " " + request.path("seed"));
                }
                case "step" -> {
                    int turn = turns.merge(id, 1, Integer::sum);
                    answer.put("observation", "turn " + turn)
                            .put("reward", turn)
                            .put("done", turn == 2);
                    fault(request.path("action").textValue(), out, answer);
                }
                default -> turns.remove(id);
            }
            out.println(answer);
        }
    }

    private static void fault(String action, PrintStream out, ObjectNode answer) throws InterruptedException {
        switch (action) {
            case "die" -> System.exit(3);
            case "hang" -> Thread.sleep(Long.MAX_VALUE);
            case "flood" -> out.print("x".repeat(4 << 20));
            case "binary" -> out.write(new byte[] {(byte) 0xFF, (byte) 0xFE, '\n'}, 0, 3);
            case "lie" -> answer.put("id", "somebody-else");
            case "word" -> answer.put("reward", "much");
            case "list" -> answer.putArray("observation");
            case "maybe" -> answer.put("done", "maybe");
            case "refuse" -> answer.put("error", "no such move");
            default -> {}
        }
    }
}
