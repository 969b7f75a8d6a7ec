package org.align4j.examples.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.Example;

/** {@code align example make-demo-data --out data/demo}: all the demo is made of, but for the trained model. */
public final class MakeDemoData implements Example {
    @Override
    public String name() {
        return "make-demo-data";
    }

    @Override
    public String summary() {
        return "writes the demo's conversations, stories, preference pairs and its untrained model (initial/).";
    }

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        DemoData.generate(out);
        terminal.print("Wrote the demo's data and its untrained model to " + out + ".");
        terminal.result(Map.of("out", out.toString()));
    }
}
