package org.align4j.core.cli.data;

import java.util.Arrays;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;

/** Runs several commands in one process: their words, with {@code ;} between two commands. Each ends with a line of its exit code. */
public final class CommandsInTurn {
    private CommandsInTurn() {}

    /** Runs them. */
    public static void main(String[] arguments) {
        for (String line : String.join("\t", arguments).split("\t;\t", -1)) {
            int code = Align.run(Terminal.system(), line.split("\t", -1));
            System.out.println("exit " + code + " of " + Arrays.toString(line.split("\t", 2)));
            System.out.println("=====");
        }
    }
}
