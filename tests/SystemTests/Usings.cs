global using SystemTests.Harness;
global using Xunit;

[assembly: AssemblyFixture(typeof(Kit))]
