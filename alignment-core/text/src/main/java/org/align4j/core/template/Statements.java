package org.align4j.core.template;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.template.python.Function;
import org.align4j.core.template.python.PythonError;
import org.align4j.core.template.python.Repr;
import org.align4j.core.template.python.Values;
import org.jspecify.annotations.Nullable;

/** The statements of a template, all but the loop. */
final class Statements {
    private Statements() {}

    /** Writes text that stands outside tags. */
    record Text(int line, String text) implements Statement {
        @Override
        public Next run(NameScope scope) {
            scope.output().write(text);
            return Next.STATEMENT;
        }
    }

    /** Writes a value: {@code {{ value }}}. */
    record Print(int line, Expression value) implements Statement {
        @Override
        public Next run(NameScope scope) {
            scope.output().write(Repr.str(value.value(scope), scope.budget()));
            return Next.STATEMENT;
        }
    }

    /** One arm of an {@code if}; {@code test} is null for {@code else}. */
    record Arm(@Nullable Expression test, Block body) {}

    /** {@code if … elif … else}. */
    record If(int line, List<Arm> arms) implements Statement {
        @Override
        public Next run(NameScope scope) {
            for (Arm arm : arms) {
                if (arm.test == null || Values.truth(arm.test.value(scope))) {
                    return arm.body.run(scope);
                }
            }
            return Next.STATEMENT;
        }
    }

    /** Assigns a variable: {@code set target = value}. */
    record Set(int line, Target target, Expression value) implements Statement {
        @Override
        public Next run(NameScope scope) {
            target.assign(scope, value.value(scope));
            return Next.STATEMENT;
        }
    }

    /** {@code set target}body{@code endset}, perhaps through filters. */
    record SetBlock(int line, Target target, Block body, Filtering filtering) implements Statement {
        @Override
        public Next run(NameScope scope) {
            scope.output().capture();
            Next next = body.run(scope.inner());
            String text = scope.output().captured();
            if (next == Next.STATEMENT) {
                target.assign(scope, filtering.apply(text, scope));
            }
            return next;
        }
    }

    /** Filters a rendered body: {@code filter name}body{@code endfilter}. */
    record FilterBlock(int line, Block body, Filtering filtering) implements Statement {
        @Override
        public Next run(NameScope scope) {
            scope.output().capture();
            Next next = body.run(scope.inner());
            String text = scope.output().captured();
            if (next == Next.STATEMENT) {
                scope.output().write(Repr.str(filtering.apply(text, scope), scope.budget()));
            }
            return next;
        }
    }

    /** Filters on a block's text: the value of an expression in which the text has a name of its own. */
    record Filtering(@Nullable Expression filters) {
        /** No template can write this name. */
        static final String TEXT = "(text)";

        Object apply(String text, NameScope scope) {
            if (filters == null) {
                return text;
            }
            NameScope inner = scope.inner();
            inner.set(TEXT, text);
            return filters.value(inner);
        }
    }

    /** Renders a body with variables of its own: {@code with name = value}body{@code endwith}. */
    record With(int line, List<Target> targets, List<Expression> values, Block body) implements Statement {
        @Override
        public Next run(NameScope scope) {
            List<Object> known = new ArrayList<>();
            values.forEach(value -> known.add(value.value(scope)));
            NameScope inner = scope.inner();
            for (int i = 0; i < targets.size(); i++) {
                targets.get(i).assign(inner, known.get(i));
            }
            return body.run(inner);
        }
    }

    /** Defines a macro: {@code macro}. */
    record Define(int line, Macro.Definition definition) implements Statement {
        @Override
        public Next run(NameScope scope) {
            scope.set(definition.name(), new Macro(definition, scope));
            return Next.STATEMENT;
        }
    }

    /** {@code call}: a call whose {@code caller} is the body. */
    record CallBlock(int line, Call call, Macro.Definition body) implements Statement {
        @Override
        public Next run(NameScope scope) {
            Function caller = new Macro(body, scope);
            scope.output().write(Repr.str(call.call(scope, caller), scope.budget()));
            return Next.STATEMENT;
        }
    }

    /** {@code generation}: what the model writes. */
    record Generation(int line, Block body) implements Statement {
        @Override
        public Next run(NameScope scope) {
            scope.output().writeGenerated(body.capture(scope.inner()));
            return Next.STATEMENT;
        }
    }

    /** Renders the body of {@code block} where it is written. */
    record NamedBlock(int line, Block body) implements Statement {
        @Override
        public Next run(NameScope scope) {
            return body.run(scope.inner());
        }
    }

    /** Leaves or continues a loop: {@code break} and {@code continue}. */
    record Jump(int line, Next next) implements Statement {
        @Override
        public Next run(NameScope scope) {
            return next;
        }
    }

    /** What needs other templates, of which there are none. */
    record Other(int line, String tag) implements Statement {
        @Override
        public Next run(NameScope scope) {
            throw PythonError.type("no loader for this environment specified (" + tag + ")");
        }
    }
}
