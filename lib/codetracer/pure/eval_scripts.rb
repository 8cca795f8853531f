# frozen_string_literal: true

# The strings that were given to `eval` under one file name, such as "(eval)", told apart.
#
# Used by Places. A TracePoint says the name and the line, not which of the strings: a method is
# looked for by its name, other code by the depth of the stack at which its eval was called.
module CodeTracer
  module Pure
    class EvalScripts
      KEPT_COUNT = 64 # of one name; a program that evals in a loop has no use for the oldest

      # `path_id` is false for code that is not recorded. `depth` is the number of frames below.
      Script = Struct.new(:path_id, :depth, :lines, :methods)

      # The id of the file of that name, which all other code is from; nil when there is none.
      attr_writer :file_id

      def initialize(file_id)
        @file_id = file_id
        @scripts = []
      end

      # `lines` is the range of the string's lines, `methods` a Hash from name to range.
      def add(path_id, depth:, lines:, methods:)
        @scripts.shift if @scripts.size == KEPT_COUNT
        @scripts.push(Script.new(path_id, depth, lines, methods))
      end

      # The id of the path that code at `line` belongs to, or false.
      def find(method_name, line)
        script = method_name && find_method(method_name, line)
        script ||= find_running(line)
        script ? script.path_id : @file_id || false
      end

      private

      def find_method(name, line)
        @scripts.reverse_each.find do |script|
          range = script.methods[name]
          range && range.cover?(line)
        end
      end

      def find_running(line)
        depth = Places.outer_depth
        candidates = @scripts.select { |script| script.lines.cover?(line) }
        found = candidates.reverse_each.find { |script| script.depth < depth }
        @file_id ? found : found || candidates.last
      end
    end
  end
end
