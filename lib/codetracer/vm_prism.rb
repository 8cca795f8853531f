# frozen_string_literal: true

# Loads the Prism that this Ruby compiles with, whichever gems of that name are installed, and
# activates none: the program's Gemfile may name another version, which then could not be had.
#
# Loaded by boot.rb before the program runs. Prism stays, and is the program's as well.
if defined?(Prism::VERSION)
  nil # the program's options have loaded it
elsif Kernel.private_method_defined?(:gem_original_require)
  # What prism.rb requires by itself comes this way, too.
  def self.require(path)
    gem_original_require(path)
  end

  begin
    require File.join(RbConfig::CONFIG["rubylibdir"], "prism")
  ensure
    singleton_class.send(:remove_method, :require)
  end
else
  require "prism"
end
