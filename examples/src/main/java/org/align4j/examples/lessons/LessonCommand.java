package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.ToolProvider;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.terminal.Terminal;

/** {@code align lesson}: runs a lesson or lists them. */
public final class LessonCommand extends NamedCommand<LessonOptions> {
    private static final int SECONDS = 60;

    /** Names the command. */
    public LessonCommand() {
        super(
                "lesson",
                "run a lesson, a short program to learn from; without a number, list them",
                LessonOptions.class);
    }

    @Override
    public int run(LessonOptions options, Terminal terminal) throws IOException {
        if (options.starter() != null || options.check() != null) {
            return exercise(options, terminal);
        }
        if (options.number() == null) {
            Map<String, String> titles = new TreeMap<>();
            Lessons.all().forEach((number, lesson) -> {
                terminal.print(format("%2d  %s", number, lesson.title()));
                titles.put(format("%02d", number), lesson.title());
            });
            terminal.result(Map.of("lessons", titles));
            return 0;
        }
        Lesson lesson = Lessons.of(options.number());
        Path folder = fresh(options.out(), format("lesson-%02d", lesson.number()));
        if (options.open()) {
            makeSite(LessonSheet.site(folder), terminal);
        }
        LessonSheet sheet = new LessonSheet(terminal, folder, false);
        Path page = sheet.teach(lesson);
        terminal.print("Page:    " + page);
        terminal.print("Jupyter: " + page.resolveSibling("lesson.ipynb"));
        terminal.print("Source:  " + Lessons.source(lesson));
        terminal.result(sheet.figures());
        if (options.open()) {
            new PageBrowser(System.getenv()).open(page, terminal);
        }
        return 0;
    }

    /** Makes the site that the page leads to, where it isn't there yet. */
    private static void makeSite(Path site, Terminal terminal) {
        if (!Files.exists(site)) {
            Terminal own = Terminal.captured();
            if (Align.run(own, "docs", "--out", site.toString(), "--api", "false") != 0) {
                terminal.log(
                        "The page has no links to the book: " + own.captureLog().strip());
            }
        }
    }

    private static int exercise(LessonOptions options, Terminal terminal) throws IOException {
        Integer number = options.number();
        Path starter = options.starter();
        Path file = options.check();
        if (number == null) {
            throw new InputException("Which lesson's exercise is meant? Give its number: align lesson 3 --check FILE.");
        }
        if ((starter != null && file != null) || options.open()) {
            throw new InputException("--starter, --check and --open do different things; give one of them.");
        }
        ExerciseCheck exercise = ExerciseCheck.of(Lessons.of(number), ToolProvider.getSystemJavaCompiler(), SECONDS);
        if (starter != null) {
            exercise.start(starter);
            terminal.print(format("Wrote %s. Then: ./align lesson %d --check %s", starter, number, starter));
            terminal.result(Map.of("starter", starter.toString()));
        }
        if (file == null) {
            return 0;
        }
        ExerciseCheck.Result result = exercise.check(file);
        result.lines().forEach(terminal::print);
        terminal.result(Map.of("lesson", number, "right", result.code() == 0, "says", result.lines()));
        return result.code();
    }

    /** Returns a folder that isn't there yet, with a number behind its name where the lesson was run before. */
    private static Path fresh(Path parent, String name) {
        Path folder = parent.resolve(name);
        for (int number = 2; Files.exists(folder, LinkOption.NOFOLLOW_LINKS); number++) {
            folder = parent.resolve(name + "-" + number);
        }
        return folder;
    }
}
