package org.align4j.examples.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.Example;

/**
 * {@code align example make-demo-pairs --out DIR}: pairs enough to ask what many noisy ones are worth against few good
 * ones. The file is always the same, so that its first N rows are the pairs of every smaller file.
 */
public final class MakeDemoPairs implements Example {
    static final int PAIRS = 10_800;

    @Override
    public String name() {
        return "make-demo-pairs";
    }

    @Override
    public String summary() {
        return "writes 10,800 more of the demo's preference pairs, with prompts of their own (pairs.jsonl).";
    }

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        DemoData.furtherPairs(out, PAIRS);
        Path file = out.resolve("pairs.jsonl");
        terminal.print("Wrote " + PAIRS + " preference pairs to " + file + ".");
        terminal.result(Map.of("file", file.toString(), "rows", PAIRS));
    }
}
