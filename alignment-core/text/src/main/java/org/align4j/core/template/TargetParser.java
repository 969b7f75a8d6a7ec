package org.align4j.core.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads what is assigned to. */
final class TargetParser {
    private static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");

    private final ExpressionParser expressions;
    private final TokenStream stream;

    TargetParser(ExpressionParser expressions, TokenStream stream) {
        this.expressions = expressions;
        this.stream = stream;
    }

    /** Parses a plain name. */
    String name() {
        Token token = stream.expect(Token.Type.NAME, "a name");
        if (CONSTANTS.contains(token.value())) {
            throw stream.fail("can't assign to '" + token.value() + "'", token);
        }
        return token.value();
    }

    /** Names with commas between them; with {@code members} also attributes of namespaces. */
    Target target(boolean members) {
        List<Target> targets = new ArrayList<>();
        boolean commas = false;
        while (!expressions.endsTuple("in") && !stream.current().isOperator("=")) {
            targets.add(single(members));
            if (!stream.skipOperator(",")) {
                break;
            }
            commas = true;
        }
        if (targets.isEmpty()) {
            throw stream.fail("Expected an expression, got " + stream.current().shown());
        }
        return commas || targets.size() > 1 ? new Target.Several(targets) : targets.get(0);
    }

    /** What a loop assigns to: anything but {@code loop}. */
    Target loopTarget() {
        if (stream.current().isName("loop")) {
            throw stream.fail("can't assign to special loop variable in for-loop target");
        }
        return target(false);
    }

    private Target single(boolean members) {
        if (stream.skipOperator("(")) {
            Target inner = target(members);
            stream.expectOperator(")");
            return inner;
        }
        String name = name();
        if (members && stream.skipOperator(".")) {
            return new Target.Member(
                    name, stream.expect(Token.Type.NAME, "a name").value());
        }
        return new Target.Variable(name);
    }
}
