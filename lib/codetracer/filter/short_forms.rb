# frozen_string_literal: true

# --only, --skip, --only-method and --skip-method as the last source of rules.
#
# Used by Sources. With one of the first kind everything else is skipped; what is skipped by a
# second kind is skipped even there.
require_relative "rule"
require_relative "rules"
require_relative "selector"

module CodeTracer
  module Filter
    module ShortForms
      PATH = "<inline:command-line>"
      # flag → kind of selector and action
      FLAGS = {
        "--only" => %w[file trace], "--only-method" => %w[obj trace],
        "--skip" => %w[file skip], "--skip-method" => %w[obj skip]
      }.freeze

      module_function

      # `chosen` is a list of [flag, pattern]; nil when it is empty. Raises Fault.
      def source(chosen, root)
        return if chosen.empty?

        ordered = chosen.partition { |flag, _| FLAGS.fetch(flag).last == "trace" }
        rules = ordered.flatten(1).map { |flag, text| rule(flag, text, root) }
        exec = ordered.first.empty? ? nil : "skip"
        text = chosen.map { |flag, pattern| "#{flag} #{pattern}\n" }.join
        Source.new(PATH, Filter.digest(text), root, exec, nil, rules)
      end

      def rule(flag, text, root)
        kind, exec = FLAGS.fetch(flag)
        text = "#{text.chomp('/')}/**" if kind == "file" && File.directory?(File.join(root, text))
        raise Fault, "#{flag} needs a pattern" if text.empty?

        rule = Rule.new(Selector.new(kind, "glob", text).below(root), "#{flag} #{text}")
        rule.exec = exec
        rule
      rescue Fault => e
        raise Fault, "#{flag} #{text}: #{e.message}"
      end
    end
  end
end
