package org.align4j.core.cli.data;

import java.nio.file.Path;
import org.align4j.core.cli.Command;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.terminal.Terminal;

/** {@code align render}: what the model will really see, or what templates make of given messages. */
public final class RenderCommand implements Command<RenderOptions> {
    @Override
    public String name() {
        return "render";
    }

    @Override
    public String summary() {
        return "what the model will really see: text, tokens, which are trained";
    }

    @Override
    public Class<RenderOptions> options() {
        return RenderOptions.class;
    }

    @Override
    public int run(RenderOptions options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        Path cases = options.cases();
        if (cases != null) {
            ResultLines.write(options.out(), terminal, sink -> TemplateCases.render(cases, sink));
        } else {
            new RenderedRows(options, terminal).show();
        }
        return 0;
    }
}
