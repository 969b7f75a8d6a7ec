package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * What a JVM needs so that the engine downloads nothing and its results repeat bit for bit: all of it, in one list. The {@code align}
 * command sets it on the way in; in any other program {@link Natives#prepare} sets what nobody has set, before the engine's libraries
 * load. What says the opposite is refused.
 */
public final class JvmSettings {
    /** The system properties and environment variables, in the order of docs/library.md. */
    public static final List<Setting> ALL = List.of(
            new Setting(Kind.PROPERTY, "ai.djl.default_engine", "PyTorch", true, "no other engine has the kernels"),
            new Setting(
                    Kind.PROPERTY,
                    "ai.djl.pytorch.graph_optimizer",
                    "false",
                    true,
                    "results would change between the first calls and later ones"),
            new Setting(Kind.PROPERTY, "ai.djl.offline", "true", false, "DJL would look for libraries on the network"),
            new Setting(Kind.PROPERTY, "OPT_OUT_TRACKING", "true", false, "DJL would report its start"),
            new Setting(Kind.PROPERTY, "RUST_FLAVOR", "cpu", false, "the tokenizer would look for a GPU"),
            new Setting(
                    Kind.VARIABLE,
                    "OMP_DYNAMIC",
                    "false",
                    true,
                    "sums would depend on how busy the machine is, which decides the number of threads"),
            new Setting(
                    Kind.VARIABLE,
                    "MKL_DYNAMIC",
                    "FALSE",
                    true,
                    "sums would depend on how busy the machine is, which decides the number of threads"),
            new Setting(
                    Kind.VARIABLE,
                    "MKL_CBWR",
                    "AUTO",
                    false,
                    "products would depend on where in memory their matrices lie"));

    private static final Map<String, String> VARIABLE_OF = Map.of("ai.djl.offline", "DJL_OFFLINE");
    private static final String LOG_PROVIDERS = "META-INF/services/org.slf4j.spi.SLF4JServiceProvider";
    private static final String LOG_WORDS = "slf4j.internal.verbosity";
    private static final List<String> LIBRARIES = List.of("libgomp", "libtorch_cpu", "libmkl");

    private JvmSettings() {}

    /** Returns how a process like this one is started: its Java, with its options and its class path, up to the main class. */
    public static List<String> launch() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            boolean forThisOne = option.startsWith("-agentlib:")
                    || option.startsWith("-javaagent:")
                    || option.startsWith("-Dalign4j.terminal=");
            if (!forThisOne) {
                command.add(option);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return command;
    }

    /** The ways in which a JVM is given a setting. */
    public enum Kind {
        /** By {@code -Dname=value}. */
        PROPERTY,
        /** By {@code name=value} in the environment. */
        VARIABLE
    }

    /**
     * One thing that a JVM must be given.
     *
     * @param kind how it is reported
     * @param name of the property or variable
     * @param value what it must be given; what is set where nothing is
     * @param only whether any other value is refused
     * @param why what would happen with another value
     */
    public record Setting(Kind kind, String name, String value, boolean only, String why) {
        /** How it is given to a JVM: {@code -Dname=value}, or {@code name=value} in the environment. */
        public String text() {
            return (kind == Kind.PROPERTY ? "-D" : "") + name + "=" + value;
        }

        @Nullable
        String given(Map<String, String> environment, UnaryOperator<@Nullable String> property) {
            String variable = environment.get(VARIABLE_OF.getOrDefault(name, name));
            return variable != null || kind == Kind.VARIABLE ? variable : property.apply(name);
        }
    }

    /**
     * Refuses what says the opposite of what is needed.
     *
     * @throws InputException naming the setting, what it must be and why
     */
    public static void require() {
        require(System.getenv(), System::getProperty);
    }

    static void require(Map<String, String> environment, UnaryOperator<@Nullable String> property) {
        for (Setting setting : ALL) {
            String given = setting.given(environment, property);
            if (setting.only() && given != null && !given.equalsIgnoreCase(setting.value())) {
                throw new InputException(format(
                        "%s is %s but must be %s, else %s; leave it out, or start Java with %s.",
                        setting.name(), given, setting.value(), setting.why(), setting.text()));
            }
        }
    }

    /** Sets the properties that nobody has set, and has SLF4J say nothing where it would only say that nobody listens. */
    static void setProperties() {
        if (JvmSettings.class.getClassLoader().getResource(LOG_PROVIDERS) == null
                && System.getProperty(LOG_WORDS) == null) {
            System.setProperty(LOG_WORDS, "ERROR");
        }
        for (Setting setting : ALL) {
            if (setting.kind() == Kind.PROPERTY && setting.given(System.getenv(), System::getProperty) == null) {
                System.setProperty(setting.name(), setting.value());
            }
        }
    }

    /**
     * Sets the variables that nobody has set, in the environment that native libraries read when they load.
     *
     * @throws InputException where they have loaded already, so that they must be given when Java starts
     */
    static void setVariables() {
        for (Setting setting : ALL) {
            if (setting.kind() == Kind.VARIABLE && setting.given(System.getenv(), System::getProperty) == null) {
                if (isLoaded()) {
                    throw new InputException(format(
                            "PyTorch was loaded before Align4J, without %s in the environment, else %s; start Java with it, or open"
                                    + " the first model before anything else uses PyTorch.",
                            setting.text(), setting.why()));
                }
                try {
                    set(setting);
                } catch (LinkageError refused) {
                    throw new InputException(
                            format(
                                    "%s is not in the environment and can't be set here (%s), else %s; start Java with it.",
                                    setting.text(), refused.getMessage(), setting.why()),
                            refused);
                }
            }
        }
    }

    private static void set(Setting setting) {
        boolean windows =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
        if (windows) {
            NativeLibrary.getInstance("ucrtbase")
                    .getFunction("_putenv_s")
                    .invokeInt(new Object[] {setting.name(), setting.value()});
        } else {
            NativeLibrary.getProcess().getFunction("setenv").invokeInt(new Object[] {setting.name(), setting.value(), 1
            });
        }
    }

    /** Whether the libraries have read their environment; unknown, which counts as no, where there is no /proc. */
    private static boolean isLoaded() {
        try {
            String maps = Files.readString(Path.of("/proc/self/maps"));
            return LIBRARIES.stream().anyMatch(maps::contains);
        } catch (IOException elsewhere) {
            return false;
        }
    }
}
