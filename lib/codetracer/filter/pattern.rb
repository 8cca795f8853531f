# frozen_string_literal: true

# A pattern of a filter as a small program that Matcher and filter_pattern.c run alike.
#
# Made by Selector and the short forms. A glob, a regular expression and a literal all become a tree
# and the tree the program of a finite automaton: it takes time in proportion to the text, runs no
# method of the recorded program, allocates nothing, and decides the same in both recorders.
require_relative "fault"
require_relative "pattern_glob"
require_relative "pattern_regex"
require_relative "pattern_tree"

module CodeTracer
  module Filter
    class Pattern
      # Instructions: a number and two operands each. See filter_pattern.h.
      MATCH, SET, SPLIT, JUMP, AT_START, AT_END, AT_EDGE, AT_NO_EDGE = *0..7
      CODE_SIZE_MAX = 4000 # instructions
      MATCHES = %w[glob regex literal].freeze

      # `code` has three 16-bit numbers for an instruction, `sets` 32 bytes for a set of bytes.
      attr_reader :match, :text, :code, :sets

      # Raises Fault without a place.
      def initialize(match, text)
        @match, @text = match, text
        @instructions, @set_numbers = [], {}
        emit(tree)
        put(MATCH)
        @code = @instructions.flatten.pack("S*").freeze
        @sets = @set_numbers.keys.map { |set| Tree.set_bytes(set) }.join.freeze
      end

      # Plain data for the boot file.
      def to_a
        [@code, @sets]
      end

      private

      def tree
        case @match
        when "glob" then Tree.whole(GlobReader.new(@text).tree)
        when "literal" then Tree.whole(Tree.bytes(@text))
        else RegexReader.new(@text).tree
        end
      end

      def put(operation, first = 0, second = 0)
        @instructions << [operation, first, second]
        raise Fault, "the pattern is too large" if @instructions.size > CODE_SIZE_MAX

        @instructions.size - 1
      end

      def emit(node)
        kind, *parts = node
        case kind
        when :set then put(SET, @set_numbers[parts[0]] ||= @set_numbers.size)
        when :all then parts[0].each { |part| emit(part) }
        when :one then emit_one(parts[0])
        when :repeat then emit_repeat(*parts)
        else put(Tree::EDGES.fetch(kind))
        end
      end

      def emit_one(choices)
        return if choices.empty?
        return emit(choices.first) if choices.size == 1

        split = put(SPLIT)
        emit(choices.first)
        jump = put(JUMP)
        @instructions[split] = [SPLIT, split + 1, @instructions.size]
        emit_one(choices.drop(1))
        @instructions[jump] = [JUMP, @instructions.size, 0]
      end

      def emit_repeat(node, least, most)
        least.times { emit(node) }
        return emit_loop(node) if most.nil?

        splits = Array.new(most - least) do
          split = put(SPLIT)
          emit(node)
          split
        end
        splits.each { |split| @instructions[split] = [SPLIT, split + 1, @instructions.size] }
      end

      def emit_loop(node)
        split = put(SPLIT)
        emit(node)
        put(JUMP, split)
        @instructions[split] = [SPLIT, split + 1, @instructions.size]
      end
    end
  end
end
