package org.align4j.core.session;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.run.Run;

/** What files and models are called where others read it: nothing that reveals the machine's folders. */
public final class PublicNames {
    private static final Pattern CACHED = Pattern.compile(".*/models--([^/]+)--([^/]+)/snapshots/[^/]+");
    private static final Pattern LOCAL = Pattern.compile("(?:/|[A-Za-z]:[/\\\\]|\\\\\\\\|~|\\.{1,2}[/\\\\]).*");

    /** An absolute path, or a relative one to a file with an ending: before it, and its last part. */
    private static final Pattern PATH =
            Pattern.compile("(^|[\\s\"'`(\\[=,])(?:(?:[A-Za-z]:)?[/\\\\~](?:[^\\s\"'`()\\[\\],;]*[/\\\\])?"
                    + "|(?:[\\w.~-]+[/\\\\])+(?=[\\w~-][\\w.~-]*\\.[A-Za-z]))([^\\s\"'`()\\[\\],;/\\\\]+)");

    private PublicNames() {}

    /** A model's name on the hub, where it is in the cache. */
    public static Optional<String> onHub(Path model) {
        Matcher cached =
                CACHED.matcher(model.toAbsolutePath().normalize().toString().replace('\\', '/'));
        return cached.matches() ? Optional.of(cached.group(1) + "/" + cached.group(2)) : Optional.empty();
    }

    /** A model's name on the hub where it is in the cache, else what its directory is called. */
    public static String ofModel(Path model) {
        return onHub(model)
                .orElseGet(
                        () -> String.valueOf(model.toAbsolutePath().normalize().getFileName()));
    }

    /**
     * Returns the model card of what a run has come to.
     *
     * @param plain the card of any of its checkpoints
     * @param known the figures of its method
     */
    public static ModelCard card(Run run, ModelCard plain, MethodFigures known) {
        return new RunCard(plain, known).of(run);
    }

    /** Returns a sentence in which paths, and names of files with folders before them, stand without the folders. */
    public static String inText(String sentence) {
        return PATH.matcher(sentence).replaceAll("$1$2");
    }

    /** A text without the folders, where it is an absolute path or begins with this folder or the one above; else the text. */
    public static String of(String text) {
        if (!LOCAL.matcher(text).matches()) {
            return text;
        }
        String plain = text.replace('\\', '/').replaceFirst("/+$", "");
        Matcher cached = CACHED.matcher(plain);
        return cached.matches() ? cached.group(1) + "/" + cached.group(2) : plain.substring(plain.lastIndexOf('/') + 1);
    }
}
