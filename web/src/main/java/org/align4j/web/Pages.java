package org.align4j.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.align4j.core.error.RunException;

/**
 * Pages, scripts and styles that lie next to a class. Every answer of a {@link LocalServer} carries a policy by which a page loads and asks
 * nothing but this server, runs no script within its text and is in no frame.
 *
 * @param owner the class next to which the files lie
 * @param files by the path that they are asked for by, such as {@code /} to {@code index.html}
 */
public record Pages(Class<?> owner, Map<String, String> files) implements Routes {
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml");

    /** Checks that all files are there. */
    public Pages {
        files = Map.copyOf(files);
        files.values().forEach(file -> read(owner, file));
    }

    @Override
    public String prefix() {
        return "";
    }

    @Override
    public void mount(RoutesConfig routes) {
        files.forEach((path, file) -> routes.get(path, ctx -> answer(ctx, file)));
    }

    private void answer(Context ctx, String file) {
        String type = TYPES.getOrDefault(file.substring(file.lastIndexOf('.') + 1), "application/octet-stream");
        ctx.header("Cache-Control", "no-cache").contentType(type).result(read(owner, file));
    }

    private static byte[] read(Class<?> owner, String file) {
        try (InputStream in = owner.getResourceAsStream(file)) {
            if (in == null) {
                throw new RunException(file + " is missing in this installation; build or unpack it again.");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new RunException(file + " can't be read from this installation; build or unpack it again.", e);
        }
    }
}
