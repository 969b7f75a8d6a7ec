package org.align4j.examples.site;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.cli.Home;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.files.Folders;
import org.align4j.core.options.Option;
import org.align4j.core.terminal.Terminal;

/** {@code align docs}: writes the book, the lessons and the Javadoc as a folder of pages that need no server. */
public final class SiteCommand extends NamedCommand<SiteCommand.Options> {
    /**
     * The options of {@code align docs}.
     *
     * @param out the site's folder
     * @param api whether the Javadoc is part of it
     */
    record Options(
            @Option(help = "The site's folder: new, empty, or a site that this command made, which is replaced.")
            Path out,

            @Option(help = "Adds the Javadoc of what a program uses, in api.", defaultValue = "true")
            boolean api) {}

    /** Names the command. */
    public SiteCommand() {
        super("docs", "make a site of the book, the lessons and the Javadoc", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        Path home = Folders.parent(Home.resolve("docs").toAbsolutePath().normalize());
        Site site = new Site(home, options.api());
        Path first = site.write(options.out());
        terminal.print(format("%d pages, %d of them Javadoc. Begin at %s", site.pages(), site.apiPages(), first));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("out", options.out().toString());
        result.put("index", first.toString());
        result.put("pages", site.pages());
        result.put("api_pages", site.apiPages());
        terminal.result(result);
        return 0;
    }
}
