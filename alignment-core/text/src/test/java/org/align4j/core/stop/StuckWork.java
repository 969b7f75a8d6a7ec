package org.align4j.core.stop;

import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.UserPattern;
import org.align4j.core.template.Template;

/** A process that says {@code ready} and then does work that takes for ever and runs no kernel. */
public final class StuckWork {
    private StuckWork() {}

    /** @param arguments what to do */
    public static void main(String[] arguments) {
        try {
            StopSignal.<Integer, RuntimeException>during(
                    stopped -> say("last words: " + stopped.getMessage()), () -> work(arguments));
        } catch (StoppedException stop) {
            say(stop.getMessage());
            Runtime.getRuntime().halt(stop.exitCode());
        }
    }

    private static int work(String... arguments) {
        say("ready");
        switch (arguments[0]) {
            case "deaf" -> spin();
            case "keeping" -> StopSignal.<Integer, RuntimeException>keeping(StuckWork::spin);
            case "pattern" -> StopSignal.<Boolean, RuntimeException>keeping(() -> patterns());
            case "template" -> StopSignal.<Integer, RuntimeException>keeping(() -> templates());
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        return 0;
    }

    private static boolean patterns() {
        boolean found = false;
        while (!found) {
            try {
                found = UserPattern.of("reward", "(.*)".repeat(9) + "!").isIn("model.layers.0.self_attn.q_proj");
            } catch (InputException endless) {
                found = false;
            }
        }
        return true;
    }

    private static int templates() {
        Template template = Template.parse("{% for i in range(100000) %}{% set x = 'a' * 100 %}{% endfor %}");
        int rendered = 0;
        while (rendered < Integer.MAX_VALUE) {
            rendered += template.render(Map.of()).text().length() + 1;
        }
        return rendered;
    }

    private static int spin() {
        long count = 0;
        while (count >= 0) {
            count++;
        }
        return 0;
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
