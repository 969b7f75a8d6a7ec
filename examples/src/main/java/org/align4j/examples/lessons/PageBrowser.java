package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.align4j.core.terminal.Terminal;

/**
 * Shows a page in a browser: the program that the variable BROWSER names, else the one that the system has for pages.
 *
 * @param environment the variables of the process
 */
record PageBrowser(Map<String, String> environment) {
    private static final int SECONDS = 5;

    /** Opens a page; where that fails, the log says where the page lies. */
    void open(Path page, Terminal terminal) throws IOException {
        List<String> program = program();
        String address = page.toAbsolutePath().normalize().toUri().toString();
        ProcessBuilder opening = new ProcessBuilder(new ArrayList<>(program));
        opening.command().add(address);
        opening.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        try {
            Process process = opening.start();
            process.getOutputStream().close();
            // A program that opens pages hands them over and ends; a browser itself goes on.
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() == 0) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (IOException missing) {
            terminal.log(format("There is no program %s here.", program.get(0)));
        }
        terminal.log(format(
                "%s could not open the page; set BROWSER to a program that can, or open %s yourself.",
                String.join(" ", program), page));
    }

    private List<String> program() {
        String named = environment.getOrDefault("BROWSER", "");
        if (!named.isBlank()) {
            return List.of(named);
        }
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (system.contains("windows")) {
            return List.of("rundll32", "url.dll,FileProtocolHandler");
        }
        return List.of(system.contains("mac") ? "open" : "xdg-open");
    }
}
