# frozen_string_literal: true

# Which methods of Ruby's core the planner may call, for the extension to see whether they still are
# Ruby's own when a script is to be planned.
#
# The names are those that the planner's own code calls, on whatever class has them, and those that
# Ruby's methods call by themselves.
module CodeTracer
  module Expressions
    module CoreMethods
      FILES = Dir[File.join(__dir__, "*.rb"), "#{__dir__}.rb"].freeze
      CLASSES = [
        Module, Class, NilClass, TrueClass, FalseClass, Integer, Float, String,
        Symbol, Array, Hash, Range, Regexp, MatchData, Proc, Method, UnboundMethod, Struct,
        Enumerator, Encoding, Exception, Thread.singleton_class, RubyVM::InstructionSequence,
        *(RubyVM::AbstractSyntaxTree::Node if defined?(RubyVM::AbstractSyntaxTree)),
        *(RubyVM::AbstractSyntaxTree.singleton_class if defined?(RubyVM::AbstractSyntaxTree)),
        *(Prism::CallNode if defined?(Prism::CallNode))
      ].freeze
      # Called by Ruby's own methods, and by Prism.
      IMPLICIT = %i[== === <=> hash eql? equal? each to_s to_a inspect new allocate
                    respond_to? is_a? kind_of? nil? >> & | >= freeze bsearch bsearch_index size
                    byteslice length concat anybits? ascii_only? -@ < > <= + - * / class].freeze
      # Asked for where there need not be any.
      CONVERSIONS = %i[to_ary to_str to_hash to_int to_proc to_path coerce begin end raise
                       initialize_copy initialize_dup
                       initialize method_missing respond_to_missing?].freeze

      # [class, names of public methods, names that may be private or absent], a class each.
      def self.list
        names = (FILES.flat_map { |file| called(file) } + IMPLICIT).uniq
        CLASSES.map { |each| [each, names, CONVERSIONS] }
      end

      def self.called(file)
        found = []
        collect(RubyVM::InstructionSequence.compile_file(file), found)
        found
      end

      def self.collect(iseq, found)
        iseq.to_a.last.grep(Array).each do |_, *operands|
          operands.grep(Hash).each { |operand| found << operand[:mid] if operand[:mid] }
        end
        iseq.each_child { |child| collect(child, found) }
      end
      private_class_method :called, :collect
    end
  end
end
