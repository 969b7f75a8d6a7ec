package org.align4j.core.process;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.List;

/** A process that asks a program which never answers, until it is killed; its output has what the program says to its errors. */
final class KilledOwner {
    private KilledOwner() {}

    public static void main(String[] none) {
        LineProcess program = new LineProcess(
                new CommandWords(AnsweringProgram.words("parent")),
                new LineProcess.Limit("reward-timeout", Duration.ofHours(1)),
                new LineProcess.Listener(note -> {}, System.out::println));
        program.ask(List.of(JsonNodeFactory.instance.objectNode().put("id", 1)));
    }
}
