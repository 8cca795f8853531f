# frozen_string_literal: true

# The syntax tree of a source text, by the ids that the VM's instructions carry.
#
# Used by expressions.rb, outside of hooks. Up to Ruby 3.3 the VM's own parser is asked, from 3.4
# Prism, which compiles there; a node is told by the same words from both.
require_relative "node"

module CodeTracer
  module Expressions
    class SyntaxTree
      # What the two parsers call the kinds of node that this recorder knows.
      KINDS = {
        call: %w[CALL OPCALL FCALL VCALL QCALL SUPER ZSUPER YIELD ITER LAMBDA MATCH MATCH2 MATCH3
                 CallNode SuperNode ForwardingSuperNode YieldNode LambdaNode MatchLastLineNode],
        match: %w[MatchWriteNode],
        read: %w[IVAR CVAR GVAR CONST COLON2 COLON3 NTH_REF BACK_REF
                 InstanceVariableReadNode ClassVariableReadNode GlobalVariableReadNode
                 ConstantReadNode ConstantPathNode NumberedReferenceReadNode
                 BackReferenceReadNode],
        text: %w[DSTR DXSTR DSYM DREGX InterpolatedStringNode InterpolatedXStringNode
                 InterpolatedSymbolNode InterpolatedRegularExpressionNode],
        list: %w[LIST ZLIST HASH DOT2 DOT3 ArrayNode HashNode RangeNode],
        defined: %w[DEFINED DefinedNode],
        logic: %w[AND OR AndNode OrNode],
        branch: %w[WHEN IN WhenNode InNode],
        sequence: %w[BLOCK BEGIN StatementsNode ParenthesesNode ElseNode],
        choice: %w[IF UNLESS CASE CASE2 CASE3 IfNode UnlessNode CaseNode CaseMatchNode
                   MatchPredicateNode],
        way_out: %w[NEXT BREAK RETURN REDO RETRY NextNode BreakNode ReturnNode RedoNode RetryNode],
        assign: %w[LASGN DASGN DASGN_CURR IASGN CVASGN GASGN CDECL ATTRASGN OP_ASGN1 OP_ASGN2
                   OP_ASGN_AND OP_ASGN_OR OP_CDECL MASGN]
      }.each_with_object({}) { |(kind, names), all| names.each { |name| all[name] = kind } }.freeze

      # Some 25,000 are planned in a second, while the program waits for its script; the largest
      # file of Ruby's own library has 37,000.
      NODE_COUNT_MAX = 100_000

      # The tree of `text`; nil where it cannot be had, or is too large.
      def self.parse(text)
        tree = new(text)
        RUBY_VERSION >= "3.4" ? tree.read_prism : tree.read_own
        tree unless tree.too_large?
      rescue SyntaxError
        nil
      end

      def initialize(text)
        @text = text.b
        @nodes = {}
        @lambdas = {} # what of them is a block, by the id of the whole
        @reads = {} # by the node that reads and assigns
        @line_starts = [0]
        @text.each_byte.with_index { |byte, at| @line_starts << at + 1 if byte == 10 }
      end

      def too_large?
        @nodes.size > NODE_COUNT_MAX
      end

      def node(id)
        @nodes[id]
      end

      # The part of a call that is its block, or of a lambda that runs; nil: it is of a `for`.
      def block(id)
        node = @lambdas[id] || @nodes[id]
        node if node && node.place == :open && node.around&.kind == :call
      end

      # Of `@x += y`, which is one node for Prism, the `@x` that is read; else the node itself.
      def read_of(node)
        node.kind == :assign && @reads[node] || node
      end

      # The call whose receiver this node is; itself if it is a call.
      def call_on(node)
        return node if node.kind == :call

        @calls ||= calls_by_receiver
        @calls[[node.start, node.stop]]
      end

      attr_reader :text

      # The lines that it stands on, whole.
      def lines(node)
        from = @line_starts[node.first_line - 1]
        @text.byteslice(from, (@line_starts[node.last_line] || @text.bytesize) - from)
      end

      def slice(node, stop = node.stop)
        @text.byteslice(node.start, stop - node.start)
      end

      def read_own
        verbose = $VERBOSE
        $VERBOSE = nil
        add_own(RubyVM::AbstractSyntaxTree.parse(@text.dup.force_encoding("UTF-8")), nil)
      ensure
        $VERBOSE = verbose
      end

      def read_prism
        add_prism(Prism.parse(@text.dup.force_encoding("UTF-8")).value)
      end

      private

      # By the places of their receivers; the first of each.
      def calls_by_receiver
        @nodes.each_value.with_object({}) do |each, found|
          found[[each.start, each.head]] ||= each if each.kind == :call && each.head
        end
      end

      def offset(line, column)
        @line_starts[line - 1] + column
      end

      # A call with a block is a node around the call: both are shown as the whole.
      def add_own(node, around, outer = nil, parent = nil)
        return if too_large?

        parts = parts_of(node)
        name = node.children.first if node.children.first.is_a?(Symbol)
        shown = block_call?(around, node) ? around : node
        whole = node.type == :ITER ? node : nil
        called = node.type == :ITER ? parts.first : node
        added = add(node.node_id, kind_of(node, around), shown_range(shown, parts.last), name,
                    places(called, parts_of(called)))
        join(added, outer, own_place(node, parent))
        parts.each do |part|
          add_own(part, whole || (part_of_assignment(node, part) ? node : nil), added || outer,
                  node)
        end
      end

      # Keys of hashes stand in the list before their values.
      def own_place(node, parent)
        return :scope if %i[DEFN DEFS CLASS MODULE SCLASS].include?(node.type)
        return :open if node.type == :SCOPE
        return :list if node.type == :LIST && parent&.type == :HASH

        :statement if parent && %i[BLOCK SCOPE].include?(parent.type)
      end

      def join(node, outer, place)
        return unless node

        node.place = place
        node.around = outer
        return unless outer

        node.index = outer.parts.size
        outer.parts << node
      end

      def parts_of(node)
        node.children.grep(RubyVM::AbstractSyntaxTree::Node)
      end

      SELF_CALLS = %i[FCALL VCALL SUPER ZSUPER YIELD].freeze

      # Of `a[i] = v` the value is the last of the arguments.
      def places(node, parts)
        head = parts.first
        last = parts.last
        parts += parts_of(last) if last && node.type == :ATTRASGN &&
                                   %i[LIST ARGSPUSH].include?(last.type)
        starts = parts.select { |part| part.first_lineno.positive? }
                      .map { |part| offset(part.first_lineno, part.first_column) }
        head = nil if head && (head.last_lineno.zero? || SELF_CALLS.include?(node.type))
        [starts.max, head && offset(head.last_lineno, head.last_column)]
      end

      def block_call?(around, node)
        around && around.type == :ITER && around.children.first.node_id == node.node_id
      end

      # `x += 1` has a node for `x + 1` that stands where the whole stands.
      def part_of_assignment(node, part)
        KINDS[node.type.to_s] == :assign && range_of(node) == range_of(part)
      end

      # `=> e` is the variable that it assigns to.
      def shown_range(node, last)
        range = range_of(node)
        return range unless last&.type == :ERRINFO

        _, _, line, column = range
        [line, column - node.children.first.to_s.bytesize, line, column]
      end

      def range_of(node)
        [node.first_lineno, node.first_column, node.last_lineno, node.last_column]
      end

      def kind_of(node, around)
        kind = KINDS[node.type.to_s]
        return nil if kind == :call && around && KINDS[around.type.to_s] == :assign

        kind
      end

      def add_prism(node, outer = nil, above = [])
        return if too_large?

        parts = node.compact_child_nodes
        name = node.name if node.respond_to?(:name) && node.name.is_a?(Symbol)
        added = add(node.node_id, prism_kind(node), ends_of(node.location), name,
                    prism_places(node, parts))
        join(added, outer, prism_place(node, above))
        add_lambda(added, node) if node.type == :lambda_node
        add_read(added, node) if added && READ_TO_CHANGE.match?(node.type)
        inner = [node.type, *above.take(1), parts.size]
        parts.each { |part| add_prism(part, added || outer, inner) }
      end

      OPERANDS = %i[parentheses_node embedded_statements_node if_node else_node unless_node
                    when_node in_node begin_node rescue_node ensure_node while_node
                    until_node].freeze

      READ_TO_CHANGE =
        /\A(?:instance_variable|global_variable|class_variable)_(?:operator|or|and)_write/.freeze

      def add_read(added, node)
        place = node.name_loc
        @reads[added] = Node.new(:read, *ends_of(place), *places_of(place), node.name, nil, nil,
                                 added, [])
      end

      def ends_of(place)
        [place.start_line, place.start_column, place.end_line, place.end_column]
      end

      def places_of(place)
        [place.start_offset, place.end_offset]
      end

      # From the parameters on, as blocks have them.
      def add_lambda(added, node)
        named = node.parameters if node.parameters.is_a?(Prism::BlockParametersNode)
        place = (named&.location || node.opening_loc).join(node.closing_loc)
        @lambdas[node.node_id] = Node.new(nil, *ends_of(place), *places_of(place), nil, nil, nil,
                                          added, [], :open)
      end

      # `above` are the types of the two nodes around, and how many parts the nearer one has.
      def prism_place(node, above)
        case node.type
        when :def_node, :class_node, :module_node, :singleton_class_node then return :scope
        when :block_node, :block_parameters_node, :parameters_node, :lambda_node then return :open
        when :assoc_node then return :pair
        end
        :statement if above[0] == :statements_node &&
                      (above[2] > 1 || !OPERANDS.include?(above[1]))
      end

      def prism_places(node, parts)
        parts = node.arguments.arguments if node.is_a?(Prism::CallNode) && node.attribute_write? &&
                                            node.arguments
        head = node.receiver if node.respond_to?(:receiver)
        [parts.map { |part| part.location.start_offset }.max, head && head.location.end_offset]
      end

      def prism_kind(node)
        word = node.class.name.split("::").last
        return :assign if word.end_with?("WriteNode", "TargetNode") && word != "MatchWriteNode"
        return :assign if node.is_a?(Prism::CallNode) && node.attribute_write?
        return :assign if %w[OptionalParameterNode OptionalKeywordParameterNode].include?(word)

        KINDS[word]
      end

      def add(id, kind, range, name, places)
        return unless id && range[0].positive?

        @nodes[id] = Node.new(kind, *range, offset(range[0], range[1]), offset(range[2], range[3]),
                              name, *places, nil, [])
      end
    end
  end
end
