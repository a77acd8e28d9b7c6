namespace UpdateEngine.Tests.Hosts;

internal static class Errors
{
    public static UpdateException Is(ErrorCode code, Action action)
    {
        var error = Assert.Throws<UpdateException>(action);
        Assert.Equal(code, error.Code);
        return error;
    }

    public static async Task<UpdateException> IsAsync(ErrorCode code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<UpdateException>(action);
        Assert.Equal(code, error.Code);
        return error;
    }
}
